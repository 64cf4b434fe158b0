-- One query or list of select items (of table t) a line; the stand-in must answer what PostgreSQL answers.
a / b
a % b
a / 2, a % 2, -a, b - -1, s * b
big / 3, big % 3, big / -2, s / 2, s % 2
n * 2, n + a, n / 4, n - 0.05
f * 2, f + a, f / 2, f ^ 2
round(n), round(n,1), trunc(n), trunc(n,1), ceil(n), floor(n), abs(n), sign(n)
round(f), trunc(f), ceil(f), floor(f), abs(f), f::int, n::int, n::bigint, abs(a)
x || y, x || a, x || 'z', a || x, x || flag
lower(x), upper(x), length(x), length(y), char_length(x), reverse(x)
substring(x from 2), substring(x from 2 for 2), substr(x,1,3), substring(x from 0 for 2), substr(x, 10)
left(x,2), right(x,2), left(x,-1), right(x,-1), left(x,0), left(x, 100), right(x,100)
trim(x), ltrim(x), rtrim(x), btrim(x,'Ho'), trim(both 'd' from y), trim(leading 'W' from y)
position('l' in x), strpos(y,'o'), replace(x,'l','L'), translate(x,'lo','01'), repeat(x,2)
lpad(x,8,'*'), rpad(x,8,'*'), lpad(x,3), rpad(x,3)
split_part(x,'l',1), split_part(x,'l',3), split_part(x, 'zz', 1), split_part(x,'l',9)
concat(x,y,a), concat_ws('-',x,y), concat(x,null), concat(flag,a)
overlay(x placing 'ZZ' from 2), overlay(x placing 'Z' from 2 for 3), ascii(x), chr(65), starts_with(x,'He')
x like 'H%', x like '%\%%', x like '%!_%' escape '!', x ilike 'h%', x not like 'H%', y like '%', x like ''
x = 'Hello', x = 'hello', x < 'a', x > 'Z', y = '', c = 'ab', c = 'ab  ', c || 'x', length(c)
flag, not flag, flag is true, flag is not true, flag is false, flag is unknown, flag and a > 0, flag or a > 0
a > b, a is null, a is not null, a = b or a <> b, a is distinct from b, a is not distinct from null, x is distinct from y
a between 0 and 10, a not between 0 and 10, a between symmetric 10 and 0, n between 0 and 50
a in (7, 0), a not in (7, 0), a in (7, null), x in ('Hello',''), a = any(array[7,0]), a <> all(array[7,0]), a > any(array[0,1])
case when flag then 'y' when a = 0 then 'zero' else 'n' end, case a when 7 then 'seven' when 0 then 'none' end
coalesce(a, 5), coalesce(x, 'none'), nullif(a, 7), nullif(x,''), coalesce(null, a, 3)
greatest(a,b), least(a,b), greatest(n, a), least(x,'M'), greatest(a, 1, b)
a::text, flag::text, n::text, d::text, a::bigint, a::float8, a::numeric(12,2), flag::int, a::boolean, x::varchar(3), y::text, f::real
d + 1, d - 1, d - date '2000-01-01', d + interval '1 month', d - interval '1 day', ts + interval '1 day 2 hours', ts - interval '30 minutes'
ts + interval '1 month', ts::date, ts::time, d::timestamp, ts > '2000-01-01', d > '2000-01-01', d = '2024-02-29'
extract(year from d), extract(month from ts), extract(day from d), extract(dow from d), extract(isodow from d), extract(doy from d), extract(quarter from d)
extract(hour from ts), extract(minute from ts), extract(second from ts), extract(epoch from d), extract(epoch from ts), extract(epoch from tz), date_part('year', ts), extract(century from d), extract(decade from d), extract(millennium from d)
date_trunc('month', ts), date_trunc('year', ts), date_trunc('week', ts), date_trunc('day', ts), date_trunc('hour', ts), date_trunc('quarter', ts)
to_char(ts, 'YYYY-MM-DD HH24:MI:SS'), to_char(ts, 'DD/MM/YYYY'), to_char(d, 'YYYYMMDD')
tz at time zone 'UTC', ts at time zone 'UTC', tz > '2000-01-01 00:00:00+00', tz + interval '1 hour'
sqrt(abs(f)), power(f,2), exp(f), ln(abs(f)+1), log(abs(f)+1), mod(a,b), div(n, 2), pi(), degrees(f), radians(f), sin(f), atan2(f,1)
mod(a, 3), mod(n, 2)
(a, b) = (7, 2), (a, b) < (7, 3), (a,b) <> (7,2), (a,b) in ((7,2),(0,-3))
exists (select 1 from t t2 where t2.id = t.id), (select max(id) from t), id in (select id from t where a > 0), a = (select 7), id = any(select id from t where flag)
u, u = '6f1f3c58-8a4e-4b57-9d1a-0d8f6e1a2b3c', u::text
select count(*), count(a), sum(a), avg(a), min(x), max(x), sum(n), avg(n), sum(f), avg(f), max(d), min(ts), bool_and(flag), bool_or(flag), count(distinct flag) from t
select flag, count(*), sum(s), count(*) filter (where a > 0) from t group by flag order by flag nulls first
select stddev(a::float8), var_pop(f), stddev_samp(f), variance(f), string_agg(x, ',') from t where id in (1,2)
select x from t order by x
select x from t order by x desc, id
select y, x from t where x > '' order by y collate "C" desc
select flag, a from t order by flag, a desc nulls last
select distinct flag from t order by 1
select a/b from t where id = 3
select '12'::int + 1, '1.50'::numeric, 1.10 + 2.205, 7/2, -7/2, 7%3, -7%3, 7/2.0, 2^10, 1e3, 5::numeric(5,2)
select true and null, null or true, not null, null = 1, 1 = 1, 'a' = 'A', 'a' < 'B', '' = ' '
select 'abc' like 'a_c', 'a' || null, null::int + 1, coalesce(null, 'x'), length('héllo')
select date '2024-01-31' + interval '1 month', timestamp '2024-01-01 00:00' - interval '1 second', date '2024-03-01' - date '2024-02-01', date '2024-01-31' + 1
select sum(id) over (), row_number() over (order by id desc), rank() over (order by flag), lag(id) over (order by id), first_value(id) over (order by id) from t order by id
select big + 1, big * 2 from t where id = 5
select id from t where a = 7 and (x = 'Hello' or y = 'z') and not flag is false
select id from t where flag
select id from t where not flag
select id from t where a in (select b + 5 from t)
select t1.id, t2.id from t t1 left join t t2 on t1.id = t2.a order by t1.id
select id from t where x = any(array['Hello', 'x']) or d between '1999-01-01' and '2000-06-01' order by id
select id, a from t where id > 1 order by a limit 2 offset 1
select max(length(x)), min(b + 1) from t having count(*) > 1
select coalesce(x,'-') k, count(*) from t group by k order by 2 desc, 1
select case when a > 0 then a else 0 end + 1, (a + b) * 2, a + b * 2 from t where id = 1
