using System.Text;

namespace LoNas.MutationTests.Mutations;

/// <summary>
/// Damages chat templates: parts are left out, doubled, taken from another one or put in from a list of what is most
/// likely to be too much.
/// </summary>
internal sealed class TemplateMutator(IReadOnlyList<string> templates)
{
    private static readonly string[] Pieces =
    [
        "{% for i in range(99999) %}", "{% for m in messages %}", "{% endfor %}", "{% if messages %}", "{% endif %}",
        "{% else %}", "{% macro f(a, b=1) %}{{ f(a) }}", "{% endmacro %}", "{{ f(1) }}",
        "{% set ns = namespace(x='a') %}", "{% set ns.x = ns.x + ns.x %}", "{% set x = [x, x] %}", "{{ x }}",
        "{{ x|tojson }}", "{{ messages * 99999 }}", " * 999999999", " ** 99", "|list", "|map('upper')", "|join(',')",
        "|sort", "|groupby('role')", "|tojson(indent=99)", "|batch(3)", "|indent(99999)", "|center(999999)",
        "|replace('', 'aaaa')", "|truncate(3)", "|urlencode", "|safe", "|e", "|default(messages)", "|int",
        "|round(99)", "|dictsort", "|unique", "|selectattr('role')", " ~ ", " + ", " - ", "%", "//", "==", "<",
        " in ", " not in ", " is ", " is not ", "[::-1]", "[1:", "]", "(", ")", "[", "{", "}", "{{", "}}", "{%", "%}",
        "{#", "#}", "-%}", "{%-", "'", "\"", "\\", "\n", ".", ",", ":", "|", "loop.changed(x)", "loop(messages)",
        " recursive ", "{% generation %}", "{% endgeneration %}", "{% call f() %}", "{% endcall %}",
        "{% filter upper %}", "{% endfilter %}", "{% raw %}", "{% endraw %}", "{% break %}", "{% continue %}",
        "{% with a = messages %}", "{% endwith %}", "{% set a %}", "{% endset %}", "messages", "none", "true",
        "9223372036854775807", "1e308", "''", "[]", "{}", ".split(',')", ".replace('a', 'aaaaaaaa')",
        ".format(messages)", ".items()", "'{:>9999999}'", "'%9999999d'", "raise_exception(x)", "strftime_now('%Y')",
        "__class__", "caller()", "varargs", "kwargs", "\ud83d\ude00",
    ];

    /// <summary>One of the templates with one to six changes.</summary>
    public byte[] Mutate(Random random)
    {
        var text = templates[random.Next(templates.Count)];
        for (int change = random.Next(1, 7); change > 0; change--)
        {
            text = Change(text, random);
        }

        return Encoding.UTF8.GetBytes(text);
    }

    private string Change(string text, Random random)
    {
        int start = random.Next(text.Length + 1);
        int length = Math.Min(text.Length - start, random.Next(random.Next(4) == 0 ? 200 : 12));
        return random.Next(6) switch
        {
            0 => text.Remove(start, length),
            1 => text.Insert(random.Next(text.Length + 1), text.Substring(start, length)),
            2 => text.Insert(start, Part(templates[random.Next(templates.Count)], random)),
            3 when length > 0 => text.Remove(start, 1).Insert(start, $"{(char)random.Next(32, 127)}"),
            _ => text.Insert(start, Pieces[random.Next(Pieces.Length)]),
        };
    }

    private static string Part(string text, Random random)
    {
        int start = random.Next(text.Length);
        return text.Substring(start, Math.Min(text.Length - start, random.Next(120)));
    }
}
