using System.Globalization;
using System.Numerics;
using System.Text;

namespace LoNas.Text.Jinja;

/// <summary>Values as Python prints them.</summary>
internal static class ValueText
{
    /// <summary>What <c>str()</c> gives.</summary>
    public static string Of(object? value) => value switch
    {
        string text => text,
        Markup markup => markup.Text,
        null => "None",
        Undefined => "",
        long number => number.ToString(CultureInfo.InvariantCulture),
        bool flag => flag ? "True" : "False",
        double number => Float(number),
        _ => Repr(value),
    };

    /// <summary>What <c>repr()</c> gives.</summary>
    public static string Repr(object? value)
    {
        var text = new StringBuilder();
        Append(text, value, 0);
        return text.ToString();
    }

    public static string Float(double value) => double.IsNaN(value) ? "nan"
        : double.IsInfinity(value) ? value > 0 ? "inf" : "-inf" : PythonNumber.Text(value);

    private static void Append(StringBuilder text, object? value, int level)
    {
        WorkBudget.Enter(level);
        if (text.Length > WorkBudget.MostText)
        {
            throw WorkBudget.TooLong();
        }

        switch (value)
        {
            case string plain:
                AppendQuoted(text, plain);
                break;
            case PyList list:
                AppendItems(text.Append('['), list.Items, level).Append(']');
                break;
            case PyTuple tuple:
                AppendItems(text.Append('('), tuple.Items, level).Append(tuple.Items.Length == 1 ? ",)" : ")");
                break;
            case PyDict dict:
                AppendPairs(text, dict, level);
                break;
            case DictView view:
                AppendItems(text.Append(view.Name).Append("(["), view.Items, level).Append("])");
                break;
            case PyNamespace names:
                text.Append("<Namespace ");
                AppendPairs(text, names.Attributes, level);
                text.Append('>');
                break;
            default:
                text.Append(Plain(value));
                break;
        }
    }

    private static string Plain(object? value) => value switch
    {
        Markup markup => $"Markup({Repr(markup.Text)})",
        Undefined => "Undefined",
        BigInteger number => number.ToString(CultureInfo.InvariantCulture),
        PyRange range => $"range({range.Start}, {range.Stop}{(range.Step == 1 ? "" : $", {range.Step}")})",
        PyIterator iterator => $"<{iterator.Name} object>",
        LoopState loop => $"<LoopContext {loop.Index}/{loop.Length}>",
        PyCallable callable => callable.Shown,
        _ => Of(value),
    };

    private static StringBuilder AppendItems(StringBuilder text, object?[] items, int level)
    {
        for (int i = 0; i < items.Length; i++)
        {
            Append(i == 0 ? text : text.Append(", "), items[i], level + 1);
        }

        return text;
    }

    private static void AppendPairs(StringBuilder text, PyDict dict, int level)
    {
        text.Append('{');
        for (int i = 0; i < dict.Count; i++)
        {
            Append(i == 0 ? text : text.Append(", "), dict.Entries[i].Key, level + 1);
            Append(text.Append(": "), dict.Entries[i].Value, level + 1);
        }

        text.Append('}');
    }

    private static void AppendQuoted(StringBuilder text, string value)
    {
        WorkBudget.SpendText(value.Length);
        char quote = value.Contains('\'') && !value.Contains('"') ? '"' : '\'';
        text.Append(quote);
        for (int at = 0; at < value.Length; at += CodePoints.LengthAt(value, at))
        {
            char c = value[at];
            if (c == quote || c == '\\')
            {
                text.Append('\\').Append(c);
            }
            else if (c is '\n' or '\r' or '\t')
            {
                text.Append('\\').Append(c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
            }
            else if (CodePoints.IsPrintable(value, at))
            {
                text.Append(value, at, CodePoints.LengthAt(value, at));
            }
            else
            {
                WorkBudget.Spend(1);
                int code = CodePoints.RuneAt(value, at)?.Value ?? c;
                text.Append(CultureInfo.InvariantCulture,
                    $"\\{(code < 256 ? $"x{code:x2}" : code < 65536 ? $"u{code:x4}" : $"U{code:x8}")}");
            }
        }

        text.Append(quote);
    }
}
