using System.Numerics;

namespace LoNas.Text.Jinja;

/// <summary>The tests that stand behind <c>is</c>, by name.</summary>
internal static class TestTable
{
    private static readonly Dictionary<string, string[]> Comparisons = new()
    {
        ["=="] = ["==", "eq", "equalto"],
        ["!="] = ["!=", "ne"],
        [">"] = [">", "gt", "greaterthan"],
        [">="] = [">=", "ge"],
        ["<"] = ["<", "lt", "lessthan"],
        ["<="] = ["<=", "le"],
        ["in"] = ["in"],
    };

    private static readonly Dictionary<string, Builtin> All = Alone().Concat(Comparisons.SelectMany(
        row => row.Value.Select(name => new Builtin(name, "value other", (r, a) =>
            CompareExpression.Holds(r, row.Key, a[0], a[1]))))).ToDictionary(test => test.Name);

    public static Builtin? Find(string name) => All.GetValueOrDefault(name);

    public static JinjaException Unknown(string name) => new($"No test named '{name}'.");

    /// <summary>A test that is named by a value, as <c>select</c> takes it.</summary>
    public static Builtin Require(object? name) => Find(ValueText.Of(name)) ?? throw Unknown(ValueText.Of(name));

    private static IEnumerable<Builtin> Alone() =>
    [
        new("defined", "value", (_, a) => a[0] is not Undefined),
        new("undefined", "value", (_, a) => a[0] is Undefined),
        new("none", "value", (_, a) => a[0] is null),
        new("string", "value", (_, a) => a[0] is string or Markup),
        new("mapping", "value", (_, a) => a[0] is PyDict),
        new("iterable", "value", (_, a) => ValueKind.IsIterable(a[0])),
        new("sequence", "value", (_, a) => a[0] is string or Markup or PySequence or PyDict or PyRange or Undefined),
        new("number", "value", (_, a) => a[0] is long or BigInteger or double or bool),
        new("integer", "value", (_, a) => a[0] is long or BigInteger),
        new("float", "value", (_, a) => a[0] is double),
        new("boolean", "value", (_, a) => a[0] is bool),
        new("true", "value", (_, a) => a[0] is true),
        new("false", "value", (_, a) => a[0] is false),
        new("callable", "value", (_, a) => a[0] is PyCallable or Undefined),
        new("odd", "value", (r, a) => ValueOrder.AreEqual(Arithmetic.Apply(r, "%", Number(a[0]), 2L), 1L)),
        new("even", "value", (r, a) => ValueOrder.AreEqual(Arithmetic.Apply(r, "%", Number(a[0]), 2L), 0L)),
        new("divisibleby", "value num", (r, a) =>
            ValueOrder.AreEqual(Arithmetic.Apply(r, "%", Number(a[0]), Number(a[1])), 0L)),
        new("lower", "value", (_, a) => TextCase.IsLower(Scanned(a[0]))),
        new("upper", "value", (_, a) => TextCase.IsUpper(Scanned(a[0]))),
        new("sameas", "value other", (_, a) => a[0] is long or bool or string or double
            ? a[0]!.GetType() == a[1]?.GetType()
                && (a[0] is string text ? ValueOrder.AreSame(text, (string)a[1]!) : a[0]!.Equals(a[1]))
            : ReferenceEquals(a[0], a[1])),
        new("escaped", "value", (_, a) => a[0] is Markup),
        new("filter", "value", (_, a) => a[0] is string name && FilterTable.Find(name) is not null),
        new("test", "value", (_, a) => a[0] is string name && Find(name) is not null),
    ];

    private static string Scanned(object? value)
    {
        var text = ValueText.Of(value);
        WorkBudget.Spend(text.Length >> 3);
        return text;
    }

    private static object? Number(object? value) => ValueOrder.Number(value) is not null ? value
        : throw new JinjaException(value is Undefined missing ? missing.Reason
            : $"unsupported operand type(s) for %: '{ValueKind.Name(value)}' and 'int'");
}
