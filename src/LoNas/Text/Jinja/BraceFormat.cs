using System.Globalization;
using System.Text;

namespace LoNas.Text.Jinja;

/// <summary>The method <c>format</c> of texts.</summary>
internal sealed class BraceFormat(Rendering rendering, object?[] positional, PyDict named)
{
    private int _next;

    /// <summary>The text with values in place of its fields.</summary>
    public static string Apply(Rendering rendering, string format, object? positional, PyDict named) =>
        new BraceFormat(rendering, ((PyTuple)positional!).Items, named).Fill(format, 0);

    private string Fill(string format, int level)
    {
        if (level > 1)
        {
            throw new JinjaException("Max string recursion exceeded");
        }

        var text = new StringBuilder();
        for (int at = 0; at < format.Length;)
        {
            char c = format[at];
            if (c is '{' or '}' && at + 1 < format.Length && format[at + 1] == c)
            {
                text.Append(c);
                at += 2;
            }
            else if (c == '}')
            {
                throw new JinjaException("Single '}' encountered in format string");
            }
            else if (c == '{')
            {
                int end = EndOfField(format, at);
                text.Append(Field(format[(at + 1)..end], level));
                at = end + 1;
                rendering.ChargeText(text.Length);
            }
            else
            {
                text.Append(c);
                at++;
            }
        }

        return text.ToString();
    }

    private static int EndOfField(string format, int start)
    {
        int open = 0;
        for (int at = start; at < format.Length; at++)
        {
            open += format[at] == '{' ? 1 : format[at] == '}' ? -1 : 0;
            if (open == 0)
            {
                return at;
            }
        }

        throw new JinjaException("expected '}' before end of string");
    }

    private string Field(string field, int level)
    {
        int colon = field.IndexOf(':');
        var name = colon < 0 ? field : field[..colon];
        var spec = colon < 0 ? "" : field[(colon + 1)..];
        char conversion = ' ';
        if (name.IndexOf('!') is >= 0 and var mark)
        {
            conversion = name.Length == mark + 2 && name[mark + 1] is 's' or 'r' or 'a' ? name[mark + 1]
                : throw new JinjaException("Unknown conversion specifier");
            name = name[..mark];
        }

        var value = Value(name);
        value = conversion == 's' ? ValueText.Of(value) : conversion is 'r' or 'a' ? ValueText.Repr(value) : value;
        return FormatSpec.Apply(rendering, value, spec.Contains('{') ? Fill(spec, level + 1) : spec);
    }

    private object? Value(string path)
    {
        int end = path.AsSpan().IndexOfAny('.', '[');
        var first = end < 0 ? path : path[..end];
        var rest = end < 0 ? "" : path[end..];
        object? value;
        if (first.Length == 0 || char.IsAsciiDigit(first[0]))
        {
            int place = first.Length == 0 ? _next++
                : int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given
                : throw new JinjaException($"there is no argument '{first}'");
            value = place < positional.Length ? positional[place] : throw new JinjaException(
                $"Replacement index {place} out of range for positional args tuple");
        }
        else if (!named.TryGet(first, out value))
        {
            throw new JinjaException($"there is no argument '{first}'");
        }

        while (rest.Length > 0)
        {
            bool isItem = rest[0] == '[';
            int stop = isItem ? rest.IndexOf(']') : rest.AsSpan(1).IndexOfAny('.', '[') is >= 0 and var next
                ? next + 1 : rest.Length;
            if (stop < 2)
            {
                throw new JinjaException("Empty attribute in format string");
            }

            var key = rest[1..stop];
            value = isItem && key.All(char.IsAsciiDigit) && key.Length < 10
                ? Members.Item(value, long.Parse(key, CultureInfo.InvariantCulture))
                : isItem ? Members.Item(value, key) : Members.Attribute(value, key);
            rest = rest[(isItem ? stop + 1 : stop)..];
        }

        return value;
    }
}
