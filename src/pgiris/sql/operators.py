"""The operators of PostgreSQL 15 on the types that pgiris knows, and of pgvector, as data.

One line for each operator: ``name left,right:result …``; a prefix operator has ``-`` on its left.
Source: pg_operator of PostgreSQL 15 (manual, chapter 9); pgvector 0.7's documentation.
"""

from __future__ import annotations

from typing import Final

OPERATORS: Final = r"""
!~ bpchar,text:bool name,text:bool text,text:bool
!~* bpchar,text:bool name,text:bool text,text:bool
!~~ bpchar,text:bool bytea,bytea:bool name,text:bool text,text:bool
!~~* bpchar,text:bool name,text:bool text,text:bool
# int2,int2:int2 int4,int4:int4 int8,int8:int8
% int2,int2:int2 int4,int4:int4 int8,int8:int8 numeric,numeric:numeric
& int2,int2:int2 int4,int4:int4 int8,int8:int8
&& anyarray,anyarray:bool
* float4,float4:float4 float4,float8:float8 float8,float4:float8 float8,float8:float8 float8,interval:interval
    int2,int2:int2 int2,int4:int4 int2,int8:int8 int4,int2:int4 int4,int4:int4 int4,int8:int8 int8,int2:int8
    int8,int4:int8 int8,int8:int8 interval,float8:interval numeric,numeric:numeric vector,vector:vector
+ -,float4:float4 -,float8:float8 -,int2:int2 -,int4:int4 -,int8:int8 -,numeric:numeric date,int4:date
    date,interval:timestamp date,time:timestamp date,timetz:timestamptz float4,float4:float4 float4,float8:float8
    float8,float4:float8 float8,float8:float8 int2,int2:int2 int2,int4:int4 int2,int8:int8 int4,date:date
    int4,int2:int4 int4,int4:int4 int4,int8:int8 int8,int2:int8 int8,int4:int8 int8,int8:int8
    interval,date:timestamp interval,interval:interval interval,time:time interval,timestamp:timestamp
    interval,timestamptz:timestamptz interval,timetz:timetz numeric,numeric:numeric time,date:timestamp
    time,interval:time timestamp,interval:timestamp timestamptz,interval:timestamptz timetz,date:timestamptz
    timetz,interval:timetz vector,vector:vector
- -,float4:float4 -,float8:float8 -,int2:int2 -,int4:int4 -,int8:int8 -,interval:interval -,numeric:numeric
    date,date:int4 date,int4:date date,interval:timestamp float4,float4:float4 float4,float8:float8
    float8,float4:float8 float8,float8:float8 int2,int2:int2 int2,int4:int4 int2,int8:int8 int4,int2:int4
    int4,int4:int4 int4,int8:int8 int8,int2:int8 int8,int4:int8 int8,int8:int8 interval,interval:interval
    jsonb,int4:jsonb jsonb,text:jsonb numeric,numeric:numeric time,interval:time time,time:interval
    timestamp,interval:timestamp timestamp,timestamp:interval timestamptz,interval:timestamptz
    timestamptz,timestamptz:interval timetz,interval:timetz vector,vector:vector
-> json,int4:json json,text:json jsonb,int4:jsonb jsonb,text:jsonb
->> json,int4:text json,text:text jsonb,int4:text jsonb,text:text
/ float4,float4:float4 float4,float8:float8 float8,float4:float8 float8,float8:float8 int2,int2:int2 int2,int4:int4
    int2,int8:int8 int4,int2:int4 int4,int4:int4 int4,int8:int8 int8,int2:int8 int8,int4:int8 int8,int8:int8
    interval,float8:interval numeric,numeric:numeric
< anyarray,anyarray:bool bool,bool:bool bpchar,bpchar:bool bytea,bytea:bool char,char:bool date,date:bool
    date,timestamp:bool date,timestamptz:bool float4,float4:bool float4,float8:bool float8,float4:bool
    float8,float8:bool int2,int2:bool int2,int4:bool int2,int8:bool int4,int2:bool int4,int4:bool int4,int8:bool
    int8,int2:bool int8,int4:bool int8,int8:bool interval,interval:bool jsonb,jsonb:bool name,name:bool
    name,text:bool numeric,numeric:bool oid,oid:bool record,record:bool text,name:bool text,text:bool time,time:bool
    timestamp,date:bool timestamp,timestamp:bool timestamp,timestamptz:bool timestamptz,date:bool
    timestamptz,timestamp:bool timestamptz,timestamptz:bool timetz,timetz:bool uuid,uuid:bool vector,vector:bool
<< int2,int4:int2 int4,int4:int4 int8,int4:int8
<= anyarray,anyarray:bool bool,bool:bool bpchar,bpchar:bool bytea,bytea:bool char,char:bool date,date:bool
    date,timestamp:bool date,timestamptz:bool float4,float4:bool float4,float8:bool float8,float4:bool
    float8,float8:bool int2,int2:bool int2,int4:bool int2,int8:bool int4,int2:bool int4,int4:bool int4,int8:bool
    int8,int2:bool int8,int4:bool int8,int8:bool interval,interval:bool jsonb,jsonb:bool name,name:bool
    name,text:bool numeric,numeric:bool oid,oid:bool record,record:bool text,name:bool text,text:bool time,time:bool
    timestamp,date:bool timestamp,timestamp:bool timestamp,timestamptz:bool timestamptz,date:bool
    timestamptz,timestamp:bool timestamptz,timestamptz:bool timetz,timetz:bool uuid,uuid:bool vector,vector:bool
<> anyarray,anyarray:bool bool,bool:bool bpchar,bpchar:bool bytea,bytea:bool char,char:bool date,date:bool
    date,timestamp:bool date,timestamptz:bool float4,float4:bool float4,float8:bool float8,float4:bool
    float8,float8:bool int2,int2:bool int2,int4:bool int2,int8:bool int4,int2:bool int4,int4:bool int4,int8:bool
    int8,int2:bool int8,int4:bool int8,int8:bool interval,interval:bool jsonb,jsonb:bool name,name:bool
    name,text:bool numeric,numeric:bool oid,oid:bool record,record:bool text,name:bool text,text:bool time,time:bool
    timestamp,date:bool timestamp,timestamp:bool timestamp,timestamptz:bool timestamptz,date:bool
    timestamptz,timestamp:bool timestamptz,timestamptz:bool timetz,timetz:bool uuid,uuid:bool vector,vector:bool
<@ anyarray,anyarray:bool jsonb,jsonb:bool
= anyarray,anyarray:bool bool,bool:bool bpchar,bpchar:bool bytea,bytea:bool char,char:bool date,date:bool
    date,timestamp:bool date,timestamptz:bool float4,float4:bool float4,float8:bool float8,float4:bool
    float8,float8:bool int2,int2:bool int2,int4:bool int2,int8:bool int4,int2:bool int4,int4:bool int4,int8:bool
    int8,int2:bool int8,int4:bool int8,int8:bool interval,interval:bool jsonb,jsonb:bool name,name:bool
    name,text:bool numeric,numeric:bool oid,oid:bool record,record:bool text,name:bool text,text:bool time,time:bool
    timestamp,date:bool timestamp,timestamp:bool timestamp,timestamptz:bool timestamptz,date:bool
    timestamptz,timestamp:bool timestamptz,timestamptz:bool timetz,timetz:bool uuid,uuid:bool vector,vector:bool
> anyarray,anyarray:bool bool,bool:bool bpchar,bpchar:bool bytea,bytea:bool char,char:bool date,date:bool
    date,timestamp:bool date,timestamptz:bool float4,float4:bool float4,float8:bool float8,float4:bool
    float8,float8:bool int2,int2:bool int2,int4:bool int2,int8:bool int4,int2:bool int4,int4:bool int4,int8:bool
    int8,int2:bool int8,int4:bool int8,int8:bool interval,interval:bool jsonb,jsonb:bool name,name:bool
    name,text:bool numeric,numeric:bool oid,oid:bool record,record:bool text,name:bool text,text:bool time,time:bool
    timestamp,date:bool timestamp,timestamp:bool timestamp,timestamptz:bool timestamptz,date:bool
    timestamptz,timestamp:bool timestamptz,timestamptz:bool timetz,timetz:bool uuid,uuid:bool vector,vector:bool
>= anyarray,anyarray:bool bool,bool:bool bpchar,bpchar:bool bytea,bytea:bool char,char:bool date,date:bool
    date,timestamp:bool date,timestamptz:bool float4,float4:bool float4,float8:bool float8,float4:bool
    float8,float8:bool int2,int2:bool int2,int4:bool int2,int8:bool int4,int2:bool int4,int4:bool int4,int8:bool
    int8,int2:bool int8,int4:bool int8,int8:bool interval,interval:bool jsonb,jsonb:bool name,name:bool
    name,text:bool numeric,numeric:bool oid,oid:bool record,record:bool text,name:bool text,text:bool time,time:bool
    timestamp,date:bool timestamp,timestamp:bool timestamp,timestamptz:bool timestamptz,date:bool
    timestamptz,timestamp:bool timestamptz,timestamptz:bool timetz,timetz:bool uuid,uuid:bool vector,vector:bool
>> int2,int4:int2 int4,int4:int4 int8,int4:int8
? jsonb,text:bool
@ -,float4:float4 -,float8:float8 -,int2:int2 -,int4:int4 -,int8:int8 -,numeric:numeric
@> anyarray,anyarray:bool jsonb,jsonb:bool
@@ text,text:bool
^ float8,float8:float8 numeric,numeric:numeric
^@ text,text:bool
| int2,int2:int2 int4,int4:int4 int8,int8:int8
|/ -,float8:float8
|| anycompatible,anycompatiblearray:anycompatiblearray anycompatiblearray,anycompatible:anycompatiblearray
    anycompatiblearray,anycompatiblearray:anycompatiblearray anynonarray,text:text bytea,bytea:bytea
    jsonb,jsonb:jsonb text,anynonarray:text text,text:text
||/ -,float8:float8
~ -,int2:int2 -,int4:int4 -,int8:int8 bpchar,text:bool name,text:bool text,text:bool
~* bpchar,text:bool name,text:bool text,text:bool
~~ bpchar,text:bool bytea,bytea:bool name,text:bool text,text:bool
~~* bpchar,text:bool name,text:bool text,text:bool
<-> vector,vector:float8
<#> vector,vector:float8
<=> vector,vector:float8
<+> vector,vector:float8
"""
