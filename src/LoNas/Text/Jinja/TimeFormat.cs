using System.Globalization;
using System.Text;

namespace LoNas.Text.Jinja;

/// <summary>Python's <c>strftime</c>, with English names.</summary>
internal static class TimeFormat
{
    private static readonly Dictionary<char, Func<DateTime, string>> Codes = new()
    {
        ['a'] = time => In(time, "ddd"),
        ['A'] = time => In(time, "dddd"),
        ['b'] = time => In(time, "MMM"),
        ['B'] = time => In(time, "MMMM"),
        ['c'] = time => $"{In(time, "ddd MMM")} {time.Day,2} {In(time, "HH:mm:ss yyyy")}",
        ['d'] = time => In(time, "dd"),
        ['D'] = time => In(time, "MM/dd/yy"),
        ['e'] = time => $"{time.Day,2}",
        ['f'] = time => In(time, "ffffff"),
        ['F'] = time => In(time, "yyyy-MM-dd"),
        ['h'] = time => In(time, "MMM"),
        ['H'] = time => In(time, "HH"),
        ['I'] = time => In(time, "hh"),
        ['j'] = time => $"{time.DayOfYear:000}",
        ['m'] = time => In(time, "MM"),
        ['M'] = time => In(time, "mm"),
        ['n'] = _ => "\n",
        ['p'] = time => In(time, "tt"),
        ['R'] = time => In(time, "HH:mm"),
        ['S'] = time => In(time, "ss"),
        ['t'] = _ => "\t",
        ['T'] = time => In(time, "HH:mm:ss"),
        ['u'] = time => $"{(((int)time.DayOfWeek + 6) % 7) + 1}",
        ['w'] = time => $"{(int)time.DayOfWeek}",
        ['x'] = time => In(time, "MM/dd/yy"),
        ['X'] = time => In(time, "HH:mm:ss"),
        ['y'] = time => In(time, "yy"),
        ['Y'] = time => In(time, "yyyy"),
        ['z'] = _ => "",
        ['Z'] = _ => "",
        ['%'] = _ => "%",
    };

    /// <exception cref="JinjaException">A code is not known.</exception>
    public static string Apply(DateTime time, string format)
    {
        var text = new StringBuilder();
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                text.Append(format[at]);
                continue;
            }

            bool isShort = at + 1 < format.Length && format[at + 1] == '-';
            at += isShort ? 2 : 1;
            if (at >= format.Length || !Codes.TryGetValue(format[at], out var code))
            {
                throw new JinjaException(
                    $"'strftime_now' does not know '%{(at < format.Length ? format[at] : "")}'");
            }

            var part = code(time);
            text.Append(isShort && part.TrimStart('0', ' ') is { Length: > 0 } plain ? plain : isShort ? "0" : part);
        }

        return text.ToString();
    }

    private static string In(DateTime time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
