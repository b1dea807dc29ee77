using System.Diagnostics;
using LoNas.Storage;
using LoNas.Tests.Text.Chat;
using LoNas.Text.Chat;

namespace LoNas.Tests.Text.Jinja;

/// <summary>What a template may not do, and where its errors are.</summary>
public sealed class JinjaBoundsTests
{
    private const string Levels = "lists lie in each other";
    private const string Often = "far too often";

    public static TheoryData<string, string> Endless { get; } = new()
    {
        { "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "far too often" },
        { "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "call themselves more than 200 times" },
        { "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}", "call themselves more than 200 times" },
        { "{% for x in l recursive %}{{ loop(l) }}{% endfor %}", "call themselves more than 200 times" },
        { "{{ 'x' * 1000000000 }}", "grows beyond" },
        { "{{ [1] * 1000000000 }}", "grows beyond" },
        { "{{ '%999999999d' % 1 }}", "grows beyond" },
        { "{{ '{:>999999999}'.format(1) }}", "grows beyond" },
        { "{{ 'x'.center(999999999) }}", "grows beyond" },
        { "{{ 'x'|center(999999999) }}", "grows beyond" },
        { "{{ 'a\\nb'|indent(999999999) }}", "grows beyond" },
        { "{{ '%.999999999f' % 1.5 }}", "expected at most 1000" },
        { Grown("'x'", "ns.s + ns.s"), "" },
        { Grown("[1]", "ns.s + ns.s"), "" },
        { Grown("'x'", "ns.s ~ ns.s"), "" },
        { Grown("'ab'", "ns.s.replace('a', 'aaaab')"), "" },
        { Grown("[1]", "[ns.s]") + "{{ ns.s }}", "lie in each other" },
        { Grown("[1]", "[ns.s]") + "{{ ns.s == [ns.s] }}{{ ns.s|tojson }}", "lie in each other" },
        { "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}", "lie in each other" },
        { "{% for i in range(99999) %}{{ 'x' * 9999 }}{% endfor %}", "" },
        { "{{ 2 ** 999999999 }}", "64 bits" },
        { "{{ 9223372036854775807 + 1 }}", "64 bits" },
        { "{{ range(99999999999) }}", "Range too big" },
        { "{{ [1]|batch(3000000000, 'x')|list }}", "grows beyond" },
        { "{{ range(99999)|list|map('string')|join('-' * 99999) }}", "grows beyond" },
    };

    /// <summary>Values that are walked for long, or too deep, or that fill the memory.</summary>
    public static TheoryData<string, string> Costly { get; } = new()
    {
        { Nested("{{ {ns.x: 1}|length }}"), Levels },
        { Nested("{{ [ns.x, ns.x]|unique|list }}"), Levels },
        { Nested("{{ {'a': 1}[ns.x] }}"), Levels },
        { Nested("{{ {'a': 1}.get(ns.x) }}"), Levels },
        { Nested("{{ ns.x in {'a': 1} }}"), Levels },
        { Nested("{{ ns.x == (ns.x,) }}"), Levels },
        { Nested("{{ ns.x < (ns.x,) }}"), Levels },
        { Nested("{{ [ns.x, (ns.x,)]|sort }}"), Levels },
        { Nested("{{ [ns.x, (ns.x,)]|max }}"), Levels },
        { Nested("{{ [ns.x]|groupby(0) }}"), "" },
        { Nested("{{ ns.x }}"), Levels },
        { Nested("{{ ns.x|string }}"), Levels },
        { Nested("{{ '%s' % ns.x }}"), "" },
        { Nested("{{ '%r' % (ns.x,) }}"), Levels },
        { Nested("{{ '{}'.format(ns.x) }}"), Levels },
        { Nested("{{ [ns.x]|join }}"), Levels },
        { Nested("{{ ns.x|tojson }}"), Levels },
        { Nested("{{ ns.x|e }}"), Levels },
        { Nested("{{ ('%r'|safe) % (ns.x,) }}"), Levels },
        { Nested("{{ (','|safe).join(ns.x) }}"), Levels },
        { Nested("{{ ns.x.index(ns.x) }}"), Levels },
        { Nested("{{ 1[ns.x].a }}"), Levels },
        { Nested("{{ raise_exception(ns.x) }}"), Levels },
        { Doubled("[", "]", "{{ ns.x == ns.y }}"), Often },
        { Doubled("[", "]", "{{ ns.x != ns.y }}"), Often },
        { Doubled("[", "]", "{{ ns.x < ns.y }}"), Often },
        { Doubled("[", "]", "{{ ns.x in [ns.y] }}"), Often },
        { Doubled("[", "]", "{{ [ns.x].index(ns.y) }}"), Often },
        { Doubled("[", "]", "{{ [ns.x].count(ns.y) }}"), Often },
        { Doubled("[", "]", "{{ [ns.x, ns.y]|sort }}"), Often },
        { Doubled("(", ")", "{{ ns.x == ns.y }}"), Often },
        { Doubled("(", ")", "{{ {ns.x: 1, ns.y: 2} }}"), Often },
        { Doubled("(", ")", "{{ [ns.x, ns.y]|unique|list }}"), Often },
        { Doubled("(", ")", "{{ {'a': 1}[ns.x] }}"), Often },
        { Doubled("{", "}", "{{ ns.x == ns.y }}"), Often },
        { Doubled("[", "]", "{{ ns.x }}"), "" },
        { Doubled("[", "]", "{{ ns.x|tojson }}"), "" },
        { Doubled("[", "]", "{{ ns.x|string|length }}"), "" },
        { Doubled("(", ")", "{{ ('%r'|safe) % ns.x }}"), "" },
        { Doubled("[", "]", "{{ (','|safe).join(ns.x) }}"), "" },
        { "{% set a = [1]*4000000 %}{% set b = [1]*4000000 %}" + Repeated("a == b"), Often },
        { "{% set a = [1]*400000 %}{% set b = [1]*400000 %}" + Repeated("a == b"), Often },
        { "{% set a = (1,)*400000 %}{% set b = (1,)*400000 %}" + Repeated("a < b"), Often },
        { "{% set a = 'a'*16000000 %}{% set b = 'a'*16000000 %}" + Repeated("a == b"), Often },
        { "{% set a = 'a'*16000000 %}{% set b = 'a'*16000000 %}" + Repeated("a < b"), Often },
        { "{% set a = 'a'*9000000 %}{% set b = {a: 1} %}" + Repeated("b['a'*9000000]"), Often },
        { "{% set a = 'a'*9000000 %}" + Repeated("a|length"), Often },
        { "{% set a = 'a'*9000000 %}" + Repeated("a.isalpha()"), Often },
        { "{% set a = ' '*9000000 %}" + Repeated("a|trim"), Often },
        { "{{ ('a'*9000000).find('a'*2000000 ~ 'b' ~ 'a'*2000000) }}", Often },
        { "{{ ('a'*9000000).strip('b'*2000000 ~ 'a') }}", Often },
        { "{% set a = range(100000) %}" + Repeated("a|first"), Often },
        { "{% for i in range(100) %}{{ (range(100000)|list*10)|unique|list|length }}{% endfor %}", Often },
        {
            "{% set ns = namespace(d={}) %}{% for i in range(99999) %}{% set ns.d = dict(ns.d, **{i|string: 1}) %}"
            + "{% endfor %}", Often
        },
        {
            "{% set ns = namespace(x=[]) %}{% for i in range(200) %}{% set ns.x = ns.x + [[0]*4000000] %}{% endfor %}",
            Often
        },
        {
            "{% set ns = namespace(x=[]) %}{% for i in range(200) %}{% set ns.x = ns.x + [[0]*400000] %}{% endfor %}",
            Often
        },
        {
            "{% set ns = namespace(x=[]) %}{% for i in range(99) %}{% set ns.x = ns.x + ['a'*2000000] %}{% endfor %}",
            Often
        },
        { "{{ 'a'*33000000 }}", Often },
        { "{{ 'a'*34000000 }}", "grows beyond" },
        { "{{ ('a'*33000000)|list }}", "grows beyond" },
        { "{{ ('a '*15000000).split() }}", Often },
        { "{{ ('&'*33000000)|e }}", "grows beyond" },
        { "{{ [1, [2]]|tojson(indent='x'*20000000) }}", "grows beyond" },
    };

    public static TheoryData<string> Deep { get; } =
    [
        Many("(") + "1" + Many(")"), Many("[") + Many("]"), Many("{'a':") + "1" + Many("}"), Many("-") + "1",
        Many("not ") + "1", Many("1+") + "1", "1" + Many("|abs"),
        "a" + Many(".a"), Many("1 if 1 else ") + "1", "a" + Many("[0]"), Many("1 or ") + "1", Many("1**") + "1",
    ];

    [Theory]
    [MemberData(nameof(Endless))]
    public void Render_TooMuch_IsRefusedInTime(string template, string expected)
    {
        long start = Stopwatch.GetTimestamp();
        var message = Record.Exception(() => ChatFixture.Render(template, "{\"l\": [1]}"))?.Message ?? "";

        // Each takes well under a second; the machine may be busy.
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20));
        Assert.Contains(expected, message);
    }

    [Theory]
    [MemberData(nameof(Costly))]
    public void Render_CostlyValue_IsRefusedInTime(string template, string expected)
    {
        var parsed = ChatFixture.Template(template);
        long start = Stopwatch.GetTimestamp();
        var message = Assert.Throws<InvalidDataException>(() => parsed.Render(new Conversation([]))).Message;

        // Each takes well under two seconds; the machine may be busy.
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20));
        Assert.Contains(expected, message);
    }

    [Fact]
    public void Render_Ranges_AreComparedByTheirEnds() => Assert.Equal("True False True True", ChatFixture.Render(
        "{% for i in range(90000) %}{% if range(100000) != range(100000) %}x{% endif %}{% endfor %}"
        + "{{ range(3) == range(0, 3) }} {{ range(3) == range(4) }} {{ range(0, 3, 2) == range(0, 4, 2) }} "
        + "{{ {range(3): 1}[range(0, 3)] == 1 }}"));

    [Theory]
    [MemberData(nameof(Deep))]
    public void New_DeepExpression_IsRefused(string expression)
    {
        Assert.Contains("in each other", ChatFixture.Refusal($"{{{{ {expression} }}}}"));
    }

    /// <summary>A template that makes a value larger and larger.</summary>
    private static string Grown(string value, string next) =>
        $"{{% set ns = namespace(s={value}) %}}{{% for i in range(9999) %}}{{% set ns.s = {next} %}}{{% endfor %}}";

    /// <summary>A template with a tuple in a tuple, 90,000 deep.</summary>
    private static string Nested(string use) => "{% set ns = namespace(x=()) %}{% for i in range(90000) %}"
        + "{% set ns.x = (ns.x,) %}{% endfor %}" + use;

    /// <summary>A template with two values of 2^60 parts, which are few in memory.</summary>
    private static string Doubled(string open, string close, string use)
    {
        string Next(string name) => open == "{" ? $"{{'a': {name}, 'b': {name}}}" : $"{open}{name}, {name}{close}";
        return $"{{% set ns = namespace(x={open}{close}, y={open}{close}) %}}{{% for i in range(60) %}}"
            + $"{{% set ns.x = {Next("ns.x")} %}}{{% set ns.y = {Next("ns.y")} %}}{{% endfor %}}{use}";
    }

    private static string Repeated(string what) =>
        $"{{% for i in range(1000) %}}{{% for j in range(100) %}}{{% if {what} %}}{{% endif %}}{{% endfor %}}"
        + "{% endfor %}";

    private static string Many(string part) => string.Concat(Enumerable.Repeat(part, 5000));

    [Fact]
    public void New_DeepBlocks_AreRefused() => Assert.Contains(
        "in each other", ChatFixture.Refusal(Many("{% if 1 %}")));

    [Theory]
    [InlineData("a\n  {{ nope.x }}", "line 2, column 11: 'nope' is undefined")]
    [InlineData("{{ d.q.r }}", "line 1, column 8: 'dict object' has no attribute 'q'")]
    [InlineData("{{ 1 +\n 'a' }}", "line 1, column 6: unsupported operand type(s) for +: 'int' and 'str'")]
    [InlineData("{{ 'a' + l }}", "column 8: can only concatenate str (not \"list\") to str")]
    [InlineData("😀{{ nope() }}", "line 1, column 9: 'nope' is undefined")]
    [InlineData("{{ x|nofilter }}", "line 1, column 6: No filter named 'nofilter'.")]
    [InlineData("{{ x is notest }}", "line 1, column 9: No test named 'notest'.")]
    [InlineData("\n{% if x %}", "line 2, column 4: the 'if' that begins here has no 'endif'")]
    [InlineData("{% include 'x' %}", "line 1, column 4: the statement 'include' is not supported")]
    [InlineData("{% what %}", "line 1, column 4: there is no statement 'what'")]
    [InlineData("{{ l.append(1) }}", "access to attribute 'append' of 'list' object is unsafe")]
    [InlineData("{{ l.__class__.__mro__ }}", "access to attribute '__class__' of 'list' object is unsafe")]
    [InlineData("{{ x|random }}", "the filter 'random' is not supported")]
    [InlineData("{{ lipsum() }}", "'lipsum' is not supported")]
    [InlineData("{{ 'a'.encode() }}", "the text method 'encode' is not supported")]
    [InlineData("{{ l", "line 1, column 1: the tag that begins here has no end; expected '}}'")]
    [InlineData("{{ 'a }}", "line 1, column 4: the text that begins here has no end")]
    [InlineData("{{ (1] }}", "line 1, column 6: ']' closes nothing here; expected ')'")]
    public void Error_AnyKind_SaysWhatAndWhere(string template, string expected)
    {
        var message = ChatFixture.Refusal(template, "{\"l\": [1], \"d\": {}}");

        Assert.Contains(expected, message);
        Assert.StartsWith("The chat template '", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Error_RaiseException_IsTheMessageItself() =>
        Assert.Equal("a 5\nb", ChatFixture.Refusal("{{ raise_exception('a ' ~ 5 ~ '\\nb') }}"));

    public static TheoryData<string> Templates { get; } =
        [.. ChatFixture.Root.GetProperty("templates").EnumerateObject().Select(template => template.Name)];

    [Theory]
    [MemberData(nameof(Templates))]
    public void Render_MegabyteOfMessages_IsNotTooMuch(string name)
    {
        var messages = Enumerable.Range(0, 2000).Select(i =>
            $"{{\"role\": \"{(i % 2 == 0 ? "user" : "assistant")}\", \"content\": \"{i} {new string('x', 518)}\"}}");
        var conversation = ConversationFile.Read(
            JsonInput.Parse($"{{\"messages\": [{string.Join(',', messages)}]}}", "messages"), "test");

        Assert.NotEmpty(ChatFixture.Render(ChatFixture.TemplateText(name), "{}", conversation));
    }

    /// <summary>Time and space of a template grow with what it is given.</summary>
    [Fact]
    public void Render_LongConversation_IsNotTooMuch()
    {
        var text = new string('x', 1 << 20);
        var items = string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"{i}\""));

        Assert.Equal(
            3 * text.Length,
            ChatFixture.Render("{{ t }}{{ t|trim }}{{ t.strip() }}", $"{{\"t\": \"{text}\"}}").Length);
        Assert.Equal(
            20_000 * 40, ChatFixture.Render(
                "{% for i in l %}{% if i is string and i|length < 9 %}{{ '%40s' % i }}{% endif %}{% endfor %}",
                $"{{\"l\": [{items}]}}").Length);
    }
}
