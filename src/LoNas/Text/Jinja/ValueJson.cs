using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Text.Jinja;

/// <summary>Values from JSON, and as Python's json writes them, which is Transformers' <c>tojson</c>.</summary>
internal sealed class ValueJson
{
    private readonly StringBuilder _text = new();
    private readonly string? _indent;
    private readonly string _comma;
    private readonly string _colon;
    private readonly bool _isAscii;
    private readonly bool _isSorted;

    private ValueJson(object? indent, object? separators, bool isAscii, bool isSorted)
    {
        _indent = indent is null ? null : ValueKind.TextOf(indent)
            ?? new string(' ', Math.Clamp(ValueKind.Small(indent, "the 'indent' of 'tojson'"), 0, 1000));
        (_comma, _colon) = (_indent is null ? ", " : ",", ": ");
        if (separators is not null)
        {
            (_comma, _colon) = ValueKind.Items(separators) is [string comma, string colon]
                ? (comma, colon)
                : throw new JinjaException("the 'separators' of 'tojson' are not two texts");
        }

        (_isAscii, _isSorted) = (isAscii, isSorted);
    }

    /// <summary>A value of JSON; of a key that occurs twice the last one.</summary>
    public static object? Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => ReadNumber(element),
        JsonValueKind.Array => new PyList([.. element.EnumerateArray().Select(Read)]),
        JsonValueKind.Object => PyDict.Of(
            element.EnumerateObject().Select(entry => KeyValuePair.Create((object?)entry.Name, Read(entry.Value)))),
        _ => null,
    };

    /// <summary>A value as JSON.</summary>
    /// <exception cref="JinjaException">JSON has no such value.</exception>
    public static string Write(object? value, object? indent, object? separators, bool isAscii, bool isSorted)
    {
        var json = new ValueJson(indent, separators, isAscii, isSorted);
        json.Append(value, 0);
        return json._text.ToString();
    }

    private static object ReadNumber(JsonElement element) => NonFiniteJson.NameOf(element) is { } name
        ? name == "NaN" ? (object)double.NaN : name[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity
        : JsonMarshal.GetRawUtf8Value(element).IndexOfAny((byte)'.', (byte)'e', (byte)'E') >= 0 ? element.GetDouble()
        : element.TryGetInt64(out long whole) ? (object)whole
        : element.GetRawText() is { Length: < 4300 } raw ? BigInteger.Parse(raw, CultureInfo.InvariantCulture)
        : throw new JinjaException("a number has more digits than Python reads (4,300)");

    private void Append(object? value, int level)
    {
        WorkBudget.Enter(level, WorkBudget.MostLevels + 200);
        if (_text.Length > WorkBudget.MostText)
        {
            throw WorkBudget.TooLong();
        }

        switch (value)
        {
            case string text:
                AppendText(text);
                break;
            case Markup markup:
                AppendText(markup.Text);
                break;
            case PySequence sequence:
                AppendItems(sequence.Items, level);
                break;
            case PyDict dict:
                AppendPairs(dict, level);
                break;
            default:
                _text.Append(Plain(value) ?? throw new JinjaException(
                    $"Object of type {ValueKind.Name(value)} is not JSON serializable"));
                break;
        }
    }

    private static string? Plain(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        long or BigInteger or double => ValueText.Of(value),
        _ => null,
    };

    private void AppendItems(object?[] items, int level)
    {
        _text.Append('[');
        for (int i = 0; i < items.Length; i++)
        {
            AppendBreak(i > 0, level + 1);
            Append(items[i], level + 1);
        }

        AppendEnd(items.Length, level, ']');
    }

    private void AppendPairs(PyDict dict, int level)
    {
        _text.Append('{');
        var entries = dict.Entries;
        if (_isSorted)
        {
            entries = SequenceOrder.Sorted(entries, entry => entry.Key, isReversed: false);
        }

        for (int i = 0; i < entries.Count; i++)
        {
            AppendBreak(i > 0, level + 1);
            var key = entries[i].Key;
            AppendText(ValueKind.TextOf(key) ?? Plain(key) ?? throw new JinjaException(
                $"keys must be str, int, float, bool or None, not {ValueKind.Name(key)}"));
            _text.Append(_colon);
            Append(entries[i].Value, level + 1);
        }

        AppendEnd(entries.Count, level, '}');
    }

    private void AppendBreak(bool isNext, int level)
    {
        if (isNext)
        {
            _text.Append(_comma);
        }

        if (_indent is not null)
        {
            // Before a long indent is written many times.
            WorkBudget.SpendText(level * (long)_indent.Length);
            if (_text.Length + (level * (long)_indent.Length) > WorkBudget.MostText)
            {
                throw WorkBudget.TooLong();
            }

            _text.Append('\n');
            for (int i = 0; i < level; i++)
            {
                _text.Append(_indent);
            }
        }
    }

    private void AppendEnd(int count, int level, char end)
    {
        if (count > 0)
        {
            AppendBreak(isNext: false, level);
        }

        _text.Append(end);
    }

    private void AppendText(string text)
    {
        WorkBudget.SpendText(text.Length);
        _text.Append('"');
        foreach (char c in text)
        {
            int known = "\"\\\n\r\t\b\f".IndexOf(c);
            if (known >= 0)
            {
                _text.Append('\\').Append("\"\\nrtbf"[known]);
            }
            else if (c < ' ' || (_isAscii && c > '~'))
            {
                WorkBudget.Spend(1);
                _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                _text.Append(c);
            }
        }

        _text.Append('"');
    }
}
