-- One statement a line; analysis must find what PostgreSQL's Describe says of it, or refuse it with the same error.
select 1, 1.5, 'a', null, true, 10000000000, 1e3, -2147483648, -5.5
select * from customer
select c.name as n, c.email, count(*), sum(total), avg(total), sum(quantity), avg(quantity), max(o.placed), min(c.email) from customer c join orders o on o.customer_id = c.id join item i on i.order_id=o.id group by c.name, c.email having count(*) > $1 order by 3 desc, n limit $2 offset $3
select id + 1, id * 2.5, stock + 1, stock / 2, price * 2, weight * 2, weight + id, id / 2, id % 3, -id, score ^ 2, price / 3 from product p join customer using (id)
select name || '!' , name || 1, 1 || name, lower(email), upper(name), length(name), substring(name from 2 for 3), trim(name), position('a' in name), replace(name,'a','b'), concat(name, id, null), coalesce(email, 'x'), nullif(email, '') from customer
select placed + interval '1 day', placed - interval '1 hour', day + 1, day - day, placed - placed, now(), current_date, current_timestamp, extract(year from placed), date_trunc('month', placed), date_part('dow', day), to_char(placed, 'YYYY'), age(placed), day + at, placed::date, created at time zone 'UTC' from orders, customer
select * from orders where id = $1 and status = $2 and total > $3 and placed between $4 and $5 and customer_id in ($6, $7) and day = $8
select * from orders where customer_id = any($1) and status = any(array['a','b']) and status like $2
insert into orders (id, customer_id, placed, status, total) values ($1, $2, $3, $4, $5) returning id, status as s
insert into customer values (1, 'a', $1, $2, true, now(), $3)
insert into orders (id, status) select id, 'new' from customer where city = $1
update orders set total = total * $1, status = $2, placed = default where id = $3 returning *
update orders set status = c.city from customer c where c.id = orders.customer_id and c.name = $1
delete from orders where placed < $1
delete from orders using customer c where c.id = customer_id and c.active
select case when id > 1 then 'a' else name end, case id when 1 then 2.5 else id end, case when active then 1 end from customer
select count(distinct city), bool_and(active), string_agg(name, ','), array_agg(id), max(name), min(created), stddev(id), var_pop(score), sum(score), count(*) filter (where active) from customer
select row_number() over (partition by city order by id), sum(id) over (order by id), lag(name) over (order by id), rank() over (order by score desc) from customer
select id::text, name::varchar(5), '12'::int, 1::numeric(5,2), cast(score as int), id::float8, '2020-01-01'::date, true::int, price::int4, name::text from product join customer using(id,name)
select exists (select 1 from orders), (select max(id) from orders), (select count(*) from orders o where o.customer_id = c.id) from customer c
select id from customer union select product_id from item union all select id from orders
select 'a' union select name from customer order by 1
values (1,'a'),(2.5,null)
with x as (select id, name from customer where city=$1), y(a) as (select count(*) from x) select x.*, y.a from x, y
select round(price), round(price,1), round(score), floor(score), ceil(price), abs(id), abs(price), sqrt(id), power(id,2), mod(id,2), trunc(price), ln(score), random(), pi(), sign(price), greatest(id, 5, score), least(price, 1) from product join customer using(id)
select $1::int + 1, $2 || 'x', upper($3), $4::text, coalesce($5, 5), $6 + 1.5
select active, not active, active and id > 1, id is null, name is distinct from email, active is true, name like 'a%', name in ('a','b'), id between 1 and 5, (id, name) = (1, 'a') from customer
select version(), current_user, session_user, current_database(), current_schema(), current_setting('x'), pg_backend_pid(), current_schemas(true), pg_typeof(1), set_config('a','b',false)
select tags->'a', tags->>'b', j->>'c', tags @> '{}' from product, doc
select u, raw, code, code || 'x', length(code), md5(title), encode(raw,'hex'), octet_length(raw), u::text, to_json(title) from doc where u = $1 and raw = $2 and code = $3
select c.* , o from (select id, customer_id o from orders) c
select distinct city from customer order by city
select distinct on (city) city, name from customer order by city, id
select nope from customer
select c.nope from customer c
select id from customer, orders
select * from nope
select customer.id from customer c
select x.id from customer c
select nofunc(1)
select lower(1)
select 1 = 'a'
select id = name from customer
select id + true from customer
select * from customer where id
select * from customer where count(*) > 1
select city, count(*) from customer
select city, name from customer group by city
select id, name from customer group by id
select sum(count(*)) from customer
select 'abc'::int
select 1 from customer order by 5
select id from customer order by nope
select * from customer c, orders c
select case when true then 1 else 'a' end
select case when true then 1 else true end
select coalesce(1, 'a')
select 1 union select true
select 1,2 union select 1
insert into customer (id, nope) values (1,2)
insert into customer (id) values (1,2)
insert into customer (id, name) values (1)
insert into customer (id) values ('a')
insert into customer (id) values (true)
insert into customer (id, id) values (1,2)
update customer set nope = 1
update customer set id = true
update customer set id = 1, id = 2
select $1
select $2
select $1 + $2
select $1 = $2
select $1::int, $1::text
select id from customer where $1
select id from customer limit 'a'
select id from customer limit id
select id from customer limit true
select not 1
select 1 and true
select (select 1, 2)
select 1 in (select 1, 2)
select (1,2) = (1,2,3)
select * from (values (1),(2,3)) v(a)
select * from (select 1) v(a,b)
select count(*) over () from customer group by id
select row_number()
select lower(distinct name) from customer
select name::date, id::timestamp from customer
select id::date from customer
select true + 1
select -name from customer
select name collate "C" from customer
select id collate "C" from customer
select distinct name from customer order by id
select * from customer where exists (select 1 from orders where customer_id = customer.id and status = $1)
select 1 from customer where id = (select id from orders)
select o.id from orders o left join lateral (select name from customer c where c.id=o.customer_id limit 1) x on true
select json_build_object('a', 1), json_agg(id), jsonb_agg(name) from customer
select * from customer order by name collate "C" nulls first, id desc
select id from customer where created > now() - interval '7 days' and created >= $1 and score < $2 and active = $3
select to_timestamp(0), make_date(2020,1,1), to_date('2020','YYYY'), date '2020-01-01' + 3, timestamp '2020-01-01 00:00' - interval '1 month', date '2020-01-01' + interval '1 day', time '10:00' + interval '1 hour', interval '1 day' * 2, '1 day'::interval
select id from customer where name = 5
select id from product where stock = 5 and price = 5 and price > 1.5 and weight = 1.5 and stock = $1 and weight = $2
select initcap(name), left(name,2), right(name,2), lpad(name,5), rpad(name,5,'x'), repeat(name,2), reverse(name), split_part(name,'a',1), strpos(name,'a'), ltrim(name), translate(name,'a','b'), ascii(name), chr(65), starts_with(name,'a'), overlay(name placing 'x' from 1), char_length(name), btrim(name,'x'), to_hex(id), quote_ident(name), concat_ws(',',name,id), format('%s',id), regexp_replace(name,'a','b') from customer
select ~id, id & 1, id | 1, id # 1, id << 1 from customer
