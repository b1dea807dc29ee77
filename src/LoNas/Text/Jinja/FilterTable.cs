namespace LoNas.Text.Jinja;

/// <summary>The filters, by name.</summary>
internal static class FilterTable
{
    private static readonly string[] Refused = ["pprint", "random", "urlize", "wordwrap"];

    private static readonly Dictionary<string, Builtin> All = TextFilters.All.Concat(NumberFilters.All)
        .Concat(SequenceFilters.All).Concat(OrderFilters.All).Concat(ChoiceFilters.All).Concat(HtmlFilters.All)
        .ToDictionary(filter => filter.Name);

    private static readonly Dictionary<string, string> OtherNames = new()
    {
        ["count"] = "length",
        ["d"] = "default",
        ["e"] = "escape",
    };

    /// <summary>A filter; null where there is none of this name.</summary>
    public static Builtin? Find(string name) => All.GetValueOrDefault(OtherNames.GetValueOrDefault(name, name));

    public static JinjaException Unknown(string name) => new(Refused.Contains(name)
        ? $"the filter '{name}' is not supported"
        : $"No filter named '{name}'.");

    /// <summary>A filter that is named by a value, as <c>map</c> takes it.</summary>
    public static Builtin Require(object? name) => Find(ValueText.Of(name)) ?? throw Unknown(ValueText.Of(name));
}
