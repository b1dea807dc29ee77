"""Writes jinja_golden.json: what Jinja2 3.1.6 makes of small templates, in the environment that Transformers 4.57 gives
chat templates: trim_blocks, lstrip_blocks, the immutable sandbox, loop controls, and json.dumps as tojson.

    python jinja_golden.py > jinja_golden.json
"""
import json

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

VARIABLES = {
    "n": 5, "f": 2.5, "s": "Hello World", "e": "", "none_": None, "t": True, "emoji": "a\U0001F600b\U0001F601c",
    "l": [3, 1, 2], "words": ["pear", "Apple", "fig", "apple"], "d": {"b": 1, "a": 2, "C": 3}, "nested": {"x": {"y": [1, {"z": 2}]}},
    "people": [{"name": "Bo", "age": 30, "city": "Oslo"}, {"name": "al", "age": 25, "city": "Rome"},
               {"name": "Cy", "age": 30, "city": "Oslo"}],
    "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo", "items": [1]}],
    "html": "<b>&'\"</b>", "big": 12345678901, "uni": "\u00e9\u00df\u03a3 \u4e2d\t\n\u00a0\u200b", "tree": [{"v": 1, "c": [{"v": 2, "c": []}, {"v": 3, "c": []}]}],
}

EXPRESSIONS = r'''
1 + 2 * 3 - 4
7 // 2, -7 // 2, 7 // -2, 7.5 // 2
7 % 3, -7 % 3, 7 % -3, 7.5 % 2, -7.5 % 2
2 ** 10, 2 ** -1, 2 ** 3 ** 2, 2.0 ** 0.5
10 / 4, 10 / 5, 1 / 3
-n, +n, -f, - n|abs, -(n|abs)
1e20, 1e16, 1e15, 1.0, 1.5e-7, 123456789.123, 0.1 + 0.2, 1_000
'a' + 'b', 'a' ~ 1 ~ none ~ true ~ 2.0
'a' * 3, 3 * 'ab', [1] * 2, 'x' * -1
[1, 2] + [3], (1,) + (2, 3)
1 < 2 < 3, 1 < 3 < 2, 1 == 1.0, true == 1, 'a' < 'b', [1, 2] < [1, 3]
1 in [1, 2], 'b' in 'abc', 'b' in d, 5 not in l, none in [none]
not true, not 0, not e, not none_
1 and 2, 0 and 2, 0 or 'x', none or 0
1 if t else 2, 1 if e else 2, 1 if e
'a' if e else 'b' if t else 'c'
s[0], s[-1], s[1:4], s[::-1], s[::2], s[-3:], s[5:2], s[:-1]
emoji|length, emoji[1], emoji[-1], emoji[1:3], emoji[::-1], emoji.find('b'), emoji|list, emoji|reverse
l[0], l[-1], l[1:], l[::-1], l[10]|default('q'), l[:0]
(1, 2, 3)[1:], range(10)[2:5]|list, range(10)[3]
d.a, d['b'], d.zz is defined, d['zz'] is defined, d.get('a'), d.get('q'), d.get('q', 7)
nested.x.y[1].z, nested['x']['y'][0]
messages[1].items(), messages[1]['items'], messages[0].role
d.items()|list, d.keys()|list, d.values()|list, d
d.items(), d.keys(), d.values()
[], {}, (), (1,), [none, true, 'a', 1.5, {'a': (1, 2)}]
{'a': 1, 'b': [1, 2]}['b'][1], {1: 'x'}[1], {1: 'x'}[1.0], {true: 'y'}[1]
"it's", 'say "x"', ["it's"], ['say "x"'], ["both ' and \""], ["a\nb\t\\"], [uni], ['\x00\x7f']
'\n\t\\\'\"\x41\u00e9\101\q'
'a' 'b' "c"
s.upper(), s.lower(), s.title(), s.capitalize(), s.swapcase(), 'ß'.upper(), 'hello wORLD'.title()
'  x '.strip() ~ '|', ' x '.lstrip() ~ '|', ' x '.rstrip() ~ '|', 'xxaxx'.strip('x'), 'abcab'.lstrip('ba'), '\u00a0x\u2003'.strip()
'a,b,,c'.split(','), 'a,b,,c'.split(',', 1), 'a,b,,c'.rsplit(',', 1), ' a b  c '.split(), ' a b  c '.split(none, 1), ' a b  c '.rsplit(none, 1), ''.split(), ''.split(',')
' a b '.rsplit(), 'a b c'.rsplit(), 'a b'.rsplit(' ', 5)
'a\nb\r\nc\n'.splitlines(), 'a\nb'.splitlines(true), ''.splitlines()
'a-b-c'.partition('-'), 'a-b-c'.rpartition('-'), 'abc'.partition('-'), 'abc'.rpartition('-')
'aaa'.replace('a', 'b'), 'aaa'.replace('a', 'b', 2), 'abc'.replace('', '-'), 'abc'.replace('', '-', 2), 'aXbX'.replace('X', '')
'hello'.find('l'), 'hello'.rfind('l'), 'hello'.find('z'), 'hello'.index('e'), 'hello'.count('l'), 'hello'.find('l', 3), 'hello'.count(''), 'hello'.find('l', -2)
'hello'.startswith('he'), 'hello'.endswith('lo'), 'hello'.startswith(('x', 'h')), 'hello'.startswith('l', 2), 'hello'.endswith('l', 0, 4), 'hello'.startswith('')
'-'.join(['a', 'b']), ', '.join(words)
'1'.isdigit(), 'a1'.isalnum(), 'ab'.isalpha(), ' '.isspace(), 'AB'.isupper(), 'ab'.islower(), ''.isdigit(), '½'.isnumeric(), '²'.isdigit(), '1a'.isdecimal()
'abc'.removeprefix('ab'), 'abc'.removesuffix('bc'), 'abc'.removesuffix('x'), '5'.zfill(3), '-5'.zfill(4), 'a'.ljust(3) ~ '|', 'a'.rjust(3), 'a'.center(4) ~ '|', 'ab'.center(5, '*'), 'a'.center(4, '*')
'a\tb'.expandtabs(4), 'abc'.isascii(), 'é'.isascii()
'{} {}'.format(1, 'a'), '{1}{0}'.format(1, 2), '{a}'.format(a=3), '{:>5}|{:<5}|{:^5}'.format('a', 'b', 'c'), '{:05d}'.format(42), '{:.2f}'.format(3.14159), '{:,}'.format(1234567), '{:x} {:X} {:b} {:o} {:#x}'.format(255, 255, 5, 8, 255), '{{}}'.format(), '{!r}'.format('a'), '{:+d} {: d}'.format(5, 5), '{:e}'.format(12345.678), '{:g}'.format(0.00001), '{:%}'.format(0.25), '{:*^9}'.format('mid'), '{0[a]} {0.a}'.format({'a': 1}), '{:{w}}|'.format('x', w=4), '{:.2}'.format('abc'), '{}'.format(none), '{:10.3f}|'.format(2.5), '{:.3}'.format(1234.5), '{:5}|{:5}|'.format(1, 1.5)
'%s %d' % ('a', 5), '%5.1f|' % 2.25, '%-5s|' % 'a', '%05d' % 42, '%x %X %o' % (255, 255, 8), '%%' % (), '%r' % 'a', '%(a)s' % {'a': 1}, '%e' % 1234.5, '%g' % 1e10, '%c' % 'x', '%+d' % 3, '%s' % [1], '%.2s' % 'abc', '%i' % 3.9, '%#x' % 255, '%5s%%' % 'a'
n is odd, n is even, n is divisibleby 5, n is divisibleby(3), n is number, n is integer, f is float, t is boolean, t is integer
s is string, d is mapping, l is iterable, l is sequence, s is sequence, s is iterable, d is sequence, n is iterable, none_ is none, none is not none
nope is defined, nope is undefined, n is defined, d.q is undefined
1 is eq 1, 1 is equalto(1), 2 is gt 1, 2 is ge 2, 1 is lt 2, 1 is le 1, 1 is ne 2, 2 is greaterthan 1, 1 is lessthan 2, 1 is in [1], 3 is not in [1]
'a' is lower, 'A' is upper, n is sameas n, none is sameas none, range is callable, n is callable, 'upper' is filter, 'zz' is filter, 'odd' is test, t is true, t is false, 1 is true, f is number, t is number
n is not odd, not n is odd, n is odd and n is number or false
s|upper, s|lower, s|title, s|capitalize, s|length, s|count, s|wordcount, 'a-b (c'|title, "it's o'neil"|title
'  a '|trim ~ '|', 'xax'|trim('x'), 5|trim
'aXbX'|replace('X', '-'), 'aXbX'|replace('X', '-', 1), 5|replace('5', '6')
l|first, l|last, l|length, l|sum, l|min, l|max, l|sort, l|sort(reverse=true), l|reverse|list, []|first is defined, []|max is defined
words|sort, words|sort(case_sensitive=true), words|unique|list, words|unique(true)|list, words|join(', '), words|join, words|map('upper')|list, words|map('length')|list, words|map('replace', 'p', 'q')|list
people|map(attribute='name')|list, people|map(attribute='zip', default='?')|list, people|sort(attribute='age')|map(attribute='name')|list, people|sort(attribute='age,name')|map(attribute='name')|list, people|sum(attribute='age'), people|sum('age', 100), people|join(', ', attribute='name'), people|min(attribute='age'), people|max(attribute='name')
people|selectattr('city', 'equalto', 'Oslo')|map(attribute='name')|list, people|rejectattr('city', 'eq', 'Oslo')|list|length, people|selectattr('age')|list|length, l|select('odd')|list, l|reject('odd')|list, [0, 1, none]|select|list, l|select('greaterthan', 1)|list, l|select('>', 1)|list, people|selectattr('zip', 'defined')|list
people|groupby('city'), people|groupby('age')|length, people|unique(attribute='city')|map(attribute='name')|list
d|dictsort, d|dictsort(true), d|dictsort(by='value', reverse=true), d|items|list, d|list, d|length, d|dictsort(false, 'value')
[1, 2, 3, 4, 5]|batch(2)|list, [1, 2, 3, 4, 5]|batch(2, 0)|list, [1, 2, 3, 4, 5]|slice(2)|list, [1, 2, 3, 4, 5]|slice(3, 'x')|list, [1, 2, 3, 4, 5, 6]|slice(3, 'x')|list
nope|default('x'), e|default('x'), e|default('x', true), none_|default('x'), none_|d('x', boolean=true), nope|default, n|default(1)
'42'|int, 'x'|int, 'x'|int(7), 3.9|int, '3.9'|int, '0x1f'|int(0, 16), ' 12 '|int, none|int, [1]|int(3), '1_000'|int, true|int, '-0'|int
'1.5'|float, 'x'|float, 'x'|float(2.5), 3|float, 'inf'|float, '1e3'|float, none|float
2.5|round, 3.5|round, 2.675|round(2), 1234.5|round(-2), 2.1|round(0, 'ceil'), 2.9|round(0, 'floor'), 7|round, 1.005|round(2), 42.55|round(1, 'floor'), 15|round(-1)
-3|abs, (-3)|abs, (-2.5)|abs
n|string, none|string, f|string ~ 'x', [1]|string
'%s-%s'|format(1, 2), '%(a)s'|format(a=1)
html|escape, html|e, html|forceescape, html|safe, html|e|e, html|safe ~ '<', '<' ~ html|e, html|e + '<', '<' + html|e, (html|e)|length, html|e|upper, '%s'|safe % '<', (html|safe).replace('b', '<')
d|tojson, l|tojson, s|tojson, [none, true, 1.0, 1e20, 'é"\n', {'a': {}}, []]|tojson, (1, 2)|tojson, html|tojson, emoji|tojson
d|tojson(indent=2), {'a': [], 'b': {}, 'c': [1, [2]]}|tojson(indent=2), l|tojson(separators=(',', ':')), d|tojson(sort_keys=true), 'é'|tojson(ensure_ascii=true), emoji|tojson(true), [1, 2]|tojson(indent=0), {1: 2, none: 3, true: 4, 1.5: 0}|tojson, {'a': 1}|tojson(indent='--'), '\x7f\x01'|tojson
'a\nb\n\nc'|indent, 'a\nb'|indent(2, true), 'a\n\nb'|indent(2, blank=true), 'a\nb'|indent('>>'), ''|indent
'hello big world'|truncate(9), 'hello big world'|truncate(9, true), 'hello'|truncate(3), 'hello big world'|truncate(11, false, '..', 0), 'a b'|center(7) ~ '|'
'<p>a <b>b</b>  c</p> &amp; <!-- x -->'|striptags, 'a b/c?d=é&'|urlencode, {'a': 'b c', 'd': 1}|urlencode, {'class': 'x', 'id': none, 'q': '<'}|xmlattr
100|filesizeformat, 1500|filesizeformat, 1|filesizeformat, 1500000|filesizeformat, 2048|filesizeformat(true), 123456789012|filesizeformat
range(3)|list, range(1, 4)|list, range(5, 0, -2)|list, range(3), range(0)|list, range(1, 7, 3), range(5)|length, 3 in range(5)
dict(a=1, b=2), dict({'x': 1}, y=2), dict([('k', 'v')]), namespace(a=1).a, namespace({'x': 2}).x
true, false, none, True, False, None
{'a': 1} == {'a': 1.0}, [1] == (1,), 'a' == 'a'|safe, nope == nope, none == false
nope, nope|length, nope|list, nope|upper, nope ~ 'x', nope|join, 'x' in nope, nope == none
people|map(attribute='age')|sum, people|map(attribute='age')|map('string')|join('+'), (l|map('string')|list)|join
[l, [1]]|map('first')|list, [[2, 1], [1, 2]]|sort, [(1, 'b'), (1, 'a')]|sort, ['b', 'A']|sort|join
l.index(1), l.count(3), (1, 2).index(2), 'abc'.index('c'), [1, 1.0, true].count(1)
d|attr('items') is callable, messages|attr('nope') is defined, s|attr('upper') is callable
[1, 2, 3][-2:], [1, 2, 3][5:], 'abc'[10:], 'abc'[:100], 'abc'[2::-1], [1,2,3,4][::-2], [1,2,3][::5]
"a%sb" % 'x' if t, '%d%%' % 50
n.real if false else 'k', (2.0).is_integer()
1 if nope is defined else 2, (nope or 'x'), nope and 1
'abc'|first, 'abc'|last, 'abc'|list, d|first, d|last, 'cba'|sort, 'aab'|unique|join
1 == 1 and 2 != 3 and not 3 < 2
d is mapping and d.a == 2 or nope.x
big * 1000, 9223372036854775807
'a' is in 'abc', 'a' is string and 'b' is string
[1,2,3]|map('string')|map('upper')|join('-')|upper
-2 ** 2, 2 ** 2 ** -1, not n == 5, 1 - -1, 1 --1
{'a': 1}.a, {'a': {'b': 2}}.a.b, [1, 2].0, (1, [5]).1.0
words|map('first')|join, words|map('e')|join, [html]|map('e')|join
'a' < 'é', 'Z' < 'a', '\uffff' < '\U00010000'
'x'.join('abc'), 'x'.join(d), words|map(attribute=0)|join, words|map(attribute='0')|join, [[1,[2]]]|map(attribute='1.0')|first
'ab'|batch(1)|list, (1,2)|list, {}|list, 'a b'|urlencode
'abc' is sequence, range(2) is sequence, range(2) is iterable, d.items() is sequence, (l|map('abs')) is iterable
1.0|string, 1e3|int, 10000000000000000|float, 0.00001|string, 1e22|int, 3.0 == 3, 5 // 0.3, 1e308 * 10, 1.5 is odd
'%.3g' % 1234.5678, '%.10g' % 0.1, '%G' % 1e-10, '%.0f' % 2.5, '%.0f' % 3.5, '%5d|%-5d|' % (1, 2), '%s' % none, '%s%s' % (1, (2, 3)), '%.0e' % 15000.0
'{:.0f} {:.1e} {:G} {:n}'.format(2.5, 12345.0, 1e-7, 5), '{:<5d}|{:^5d}|{:=+5d}|'.format(1, 2, 3), '{:_}'.format(1234567), '{:010.2f}'.format(-3.14159), '{:>{}}'.format('a', 3), '{:d}'.format(true), '{}'.format(true), '{:s}'.format('q')
'''

TEMPLATES = [
    "{% for x in l %}{{ x }}{% endfor %}", "{% for x in l %}\n{{ x }}\n{% endfor %}\nend", "a\n  {% if t %}\n  b\n  {% endif %}\nc\n",
    "a {%- if t -%} b {%- endif -%} c", "  {%+ if t %} x {%+ endif %} y", "{% if t +%}\nx{% endif %}", "{{ 1 }}\n{{ 2 }}\n", "{{- 1 -}} \n x {{- 2 }}",
    "a {# c #} b", "a\n  {# c #}\nb", "{#- c -#} x", "{# a\n b #}\nx\n\n", "x {# {{ y }} #} z", "a{# c +#}\nb", "  {#+ c #}x",
    "{% raw %}{{ x }}{% endraw %}", "{%- raw -%} {{ x }} {%- endraw -%} y", "  {% raw %}\n a\n  {% endraw %}\nz", "{% raw %}{% raw %}{% endraw %}",
    "{% for x in [] %}a{% else %}b{% endfor %}", "{% for x in l if x > 1 %}{{ loop.index }}:{{ x }} {% endfor %}",
    "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }} {% endfor %}",
    "{% for x in l %}{{ loop.previtem }}|{{ loop.nextitem }}|{{ loop.cycle('a', 'b') }}{{ loop.changed(x > 1) }} {% endfor %}",
    "{% for x in l %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }}{% endfor %}", "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for i in range(5) %}{% if i == 1 %}{% continue %}{% elif i == 3 %}{% break %}{% endif %}{{ i }}{% else %}none{% endfor %}",
    "{% for i in range(3) %}{% continue %}{% else %}E{% endfor %}", "{% for i in range(3) %}{% break %}{% else %}E{% endfor %}", "{% for i in range(3) %}{{ i }}{% if i == 1 %}{% break %}{% endif %}{% else %}E{% endfor %}",
    "{% for i in [1, 2] %}{% for j in [1, 2] %}{{ loop.index }}{{ i }}{{ j }}{% if j == i %}{% break %}{% endif %}{% endfor %};{% endfor %}",
    "{% for n in tree recursive %}{{ n.v }}[{{ loop.depth }}{{ loop(n.c) }}]{% endfor %}", "{% for c in 'abc' %}{{ c }}-{% endfor %}", "{% for x in nope %}a{% else %}b{% endfor %}", "{% for c in emoji %}{{ c }} {% endfor %}",
    "{% set x = 1 %}{% for i in l %}{% set x = x + i %}{{ x }} {% endfor %}{{ x }}", "{% for i in l %}{% set n = n + i %}{{ n }} {% endfor %}{{ n }}", "{% set ns = namespace(x=0) %}{% for i in l %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }} {{ ns }}",
    "{% if t %}{% set q = 1 %}{% endif %}{{ q }}", "{% if e %}{% set q = 1 %}{% endif %}{{ q is defined }}", "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set a = 1, 2 %}{{ a }}", "{% set x %}a{{ n }}b{% endset %}{{ x }}|{{ x|length }}", "{% set x | upper | trim %} a{{ n }}b {% endset %}{{ x }}",
    "{% set x %}{% set y = 5 %}{{ y }}{% endset %}{{ x }}{{ y is defined }}", "{% with %}{% set y = 5 %}{{ y }}{% endwith %}{{ y is defined }}", "{% with a = 1, b = n %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}", "{% set a = 7 %}{% with a = 1, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% if 0 %}a{% elif n > 3 %}b{% else %}c{% endif %}", "{% if nope %}a{% elif none %}b{% else %}c{% endif %}", "{% if not (1 and 0) %}y{% endif %}",
    "{% macro m(a, b=2, c='x') %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(1, c='q') }}{{ m(b=1, a=0) }}{{ m() }}", "{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, q=4) }}{{ m(1) }}", "{% macro m() %}{{ caller() }}!{% endmacro %}{% call m() %}hi {{ n }}{% endcall %}",
    "{% macro m(l) %}{% for x in l %}{{ caller(x) }}{% endfor %}{% endmacro %}{% call(x) m(l) %}<{{ x }}>{% endcall %}", "{% macro m() %}{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ m.caller }}{% endmacro %}{{ m() }}{{ m }}", "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
    "{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}", "{% macro m() %}{{ z }}{% endmacro %}{% set z = 4 %}{{ m() }}", "{% macro m() %}{% set n = 9 %}{{ n }}{% endmacro %}{{ m() }}{{ n }}", "{% for x in l %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% endfor %}",
    "{% macro m() %}x{% endmacro %}{{ m()|upper }}{{ m() ~ 'y' }}{{ m() is string }}{{ m()|length }}", "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(*[1]) }}{{ m(**{'x': 2}) }}", "{% filter upper %}a{{ s }}{% endfilter %}", "{% filter replace('a', 'b') | upper %}banana{% endfilter %}", "{% print n %}{% print 1, 2 %}",
    "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}", "{% set j = joiner('|') %}{{ j() }}a{{ j() }}b{{ j() }}", "{% set p = joiner() %}{{ p() }}{{ p() }}", "{% generation %}a{% set q = 1 %}{% endgeneration %}{{ q is defined }}", "x{% generation %} a {% endgeneration %}\ny",
    "{{ {'a': {'b': {}}} }}", "{{ {'a':{'b':1}}['a']['b'] }}", "{{ '}}' }}{{ '{%' }}", "{{ \"a\\\nb\" }}", "a\r\nb\rc\n\n", "{%- set x = 1 -%}\n\n{{ x }}", "{% for x in l -%}\n  {{ x }},\n{%- endfor %}", "line1\n{%- if t %}\nline2\n{%- endif %}\nline3", "\t{% if t %}x{% endif %}\t\n", "a  {% if t %}\n b{% endif %}",
    "{% if false %}{{ 1|nofilter }}{% endif %}ok", "{% if false %}{{ 1 is notest }}{% endif %}ok", "{{ messages[1].nope }}{{ messages[1].nope is defined }}", "{{ x.y.z if x is defined else 'no' }}", "{{ raise_exception('a ' ~ n) if e else 'fine' }}", "{% for m in messages %}{{ m['role'] }}{% if not loop.last %},{% endif %}{% endfor %}",
    "{{ loop is defined }}{% for x in [1] %}{{ loop is defined }}{% for y in [1] %}{{ loop.index }}{% endfor %}{% endfor %}", "{% for x in l %}{% set outer = loop %}{% for y in [1] %}{{ outer.index }}{% endfor %}{% endfor %}", "{% for x in l|sort %}{{ x }}{% endfor %}", "{% for x in d %}{{ x }}{% endfor %}", "{% for x in (1, 2) %}{{ x }}{% endfor %}", "{% for x in 1, 2 %}{{ x }}{% endfor %}",
    "{% for item in people|groupby('city') %}{{ item.grouper }}:{{ item.list|length }} {% endfor %}", "{% for g, xs in people|groupby('age') %}{{ g }}{{ xs|map(attribute='name')|join }};{% endfor %}", "{% set x = n if t else 0 %}{{ x }}", "{% set x = [1, 2] %}{{ x[0] }}", "{% set a = b = 1 %}",
    "{% set ns = namespace() %}{% set ns.a = 1 %}{{ ns.a }}{{ ns.b is defined }}{{ ns['a'] }}", "{% set _ = 5 %}{{ _ }}", "{% set x=1%}{{x}}", "{%set x=1%}{{x+1}}", "{{ strftime_now('%Y-%m-%d %H:%M:%S %B %b %A %a %j %y %I %p %d/%m') }}", "{{ strftime_now('%d %b %Y') }}",
]

ERRORS = r'''
{{ 1 + 'a' }}
{{ 'a' + 1 }}
{{ [1] + 'a' }}
{{ none + 1 }}
{{ 'a' - 'b' }}
{{ 1 / 0 }}
{{ 1 % 0 }}
{{ nope.x }}
{{ nope + 1 }}
{{ nope() }}
{{ n() }}
{{ nope[0] }}
{{ d.q.r }}
{{ none.x.y }}
{{ none_[1:] }}
{{ n|length }}
{{ n|list }}
{{ 1 in 5 }}
{{ 1 in 'abc' }}
{{ 1 < 'a' }}
{{ [1, 'a']|sort }}
{{ {[1]: 2} }}
{{ l.append(1) }}
{{ d.update({}) }}
{{ d.pop('a') }}
{{ s.__class__.__mro__ }}
{{ s.__class__() }}
{{ d.__init__.__globals__ }}
{{ messages|tojson(indent=nope) }}
{{ nope|tojson }}
{{ range(3)|tojson }}
{{ {(1,2): 3}|tojson }}
{{ range(100001) }}
{{ range(1, 5, 0) }}
{{ '%d' % 'x' }}
{{ '%s %s' % 'x' }}
{{ '%s' % (1, 2) }}
{{ '{}'.format() }}
{{ '{:d}'.format('a') }}
{{ 'abc'.index('z') }}
{{ 'a'.split('') }}
{{ 'a'.join([1]) }}
{{ raise_exception('told so') }}
{% set x.y = 1 %}
{% for x in 5 %}{% endfor %}
{% for a, b in [1] %}{% endfor %}
{% for a, b in [(1, 2, 3)] %}{% endfor %}
{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{% endmacro %}{{ m(b=2) }}
{{ 1|nofilter }}
{{ 1 is notest }}
{% if t %}
{% endif %}
{% for %}{% endfor %}
{% nope %}
{{ }}
{{ 1
{% if t
{# a
{{ 'a }}
{{ ( }}
{{ ) }}
{{ [1, }}
{{ a b }}
{{ 1 + }}
{{ a.|b }}
{{ a is }}
{{ a|}}
{% endif %}
{% if t %}{% endfor %}
{% for x in l %}{% endif %}
{% macro m(a=1, b) %}{% endmacro %}
{% set true = 1 %}
{% set 1 = 1 %}
{% break %}
{% for loop in l %}{% endfor %}
{% raw %} a
{{ a is b is c }}
{{ f(a=1, 2) }}
{{ loop.cycle() }}
{% for x in l %}{{ loop(x) }}{% endfor %}
{{ n|round(1, 'x') }}
{{ d|dictsort(by='q') }}
{{ n|items|list }}
{{ l|map|list }}
{{ l|map('nofilter')|list }}
{{ l|select('notest')|list }}
{{ cycler() }}
{{ namespace(1) }}
{{ dict(1) }}
{{ l[::0] }}
{{ s['a':] }}
{{ -s }}
{{ 'a' * 'b' }}
{{ 'a' * 1.5 }}
{{ [1] * none }}
{{ l < 1 }}
{{ d < d }}
{{ none < 1 }}
{{ nope < 1 }}
{{ nope|int }}
{{ 'x'.nope() }}
{{ x.y }}
{% call m() %}{% endcall %}
{% include 'a' %}
{% extends 'a' %}
{% import 'a' as b %}
{% from 'a' import b %}
{% do l %}
{% trans %}{% endtrans %}
{{ 'a' ~ }}
{{ 1 if }}
{{ 5.. }}
{{ a[] }}
{{ $x }}
{{ "%s" | format }}
{{ s.upper(1) }}
{{ s|replace('a') }}
{{ s|center('x') }}
{{ none|sum }}
{{ [1, 'a']|sum }}
{{ none|join }}
{{ [none]|join + 1 }}
'''


def environment():
    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise jinja2.TemplateError(message)

    class Generation(jinja2.ext.Extension):
        tags = {"generation"}

        def parse(self, parser):
            line = next(parser.stream).lineno
            body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
            return jinja2.nodes.CallBlock(self.call_method("_written"), [], [], body).set_lineno(line)

        def _written(self, caller):
            return caller()

    import datetime
    env = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda form: datetime.datetime(2024, 7, 6, 13, 5, 9).strftime(form)
    return env


def case(source):
    try:
        return {"template": source, "text": environment().from_string(source).render(**VARIABLES)}
    except Exception as error:
        return {"template": source, "error": f"{type(error).__name__}: {error}"}


def main():
    parts = ["{{ %s }}" % line for line in EXPRESSIONS.strip().split("\n")]
    cases = [case(source) for source in parts + TEMPLATES + ERRORS.strip().split("\n")]
    print(json.dumps({"jinja2": "3.1.6", "variables": VARIABLES, "cases": cases}, indent=1))


if __name__ == "__main__":
    main()
