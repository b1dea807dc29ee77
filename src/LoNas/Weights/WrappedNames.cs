namespace LoNas.Weights;

/// <summary>
/// Names of tensors as programs leave them that train a model inside another module: with the wrapper's own parts
/// among a name's, and with one start or end that all names share. Without them the names are a model's own.
/// </summary>
internal sealed class WrappedNames
{
    /// <summary>Parts of a name that no model has: of torch.compile, FSDP, and others.</summary>
    private static readonly HashSet<string> Wrappers =
        ["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module"];

    /// <summary>Parts that a name ends with; what follows one of them is a wrapper's.</summary>
    private static readonly string[] Leaves = ["weight", "bias", "gamma", "beta"];

    private readonly Dictionary<string, string> _stored = [];

    /// <exception cref="InvalidDataException">Two names mean the same tensor.</exception>
    public WrappedNames(IReadOnlyCollection<string> names)
    {
        var parts = names.ToDictionary(name => name, name => Unwrapped(name).Split('.'));
        int start = parts.Count < 2 ? 0 : CommonStart([.. parts.Values]);
        int end = CommonEnd([.. parts.Values]);
        foreach (var (name, split) in parts)
        {
            var plain = string.Join('.', split[start..^end]);
            if (!_stored.TryAdd(plain, name))
            {
                throw new InvalidDataException(
                    $"The weights hold a tensor twice, as '{_stored[plain]}' and as '{name}'; leave one of them out");
            }
        }
    }

    /// <summary>The name in the file; null where no name means this one.</summary>
    public string? Find(string name) =>
        WeightNames.Find(name, _stored.ContainsKey) is { } plain ? _stored[plain] : null;

    /// <summary>A name without wrappers' parts.</summary>
    public static string Unwrapped(string name) => Wrappers.Any(name.Contains)
        ? string.Join('.', name.Split('.').Where(part => !Wrappers.Contains(part)))
        : name;

    /// <summary>How many parts all names begin with, leaving each at least one of its own.</summary>
    public static int CommonStart(IReadOnlyList<string[]> names) => names.Count == 0 ? 0
        : Enumerable.Range(0, names.Min(parts => parts.Length) - 1)
            .TakeWhile(index => names.All(parts => parts[index] == names[0][index])).Count();

    private static int CommonEnd(IReadOnlyList<string[]> names)
    {
        int common = names.Count == 0 ? 0
            : Enumerable.Range(1, names.Min(parts => parts.Length) - 1)
                .TakeWhile(index => names.All(parts => parts[^index] == names[0][^index])).Count();
        int leaf = Enumerable.Range(1, common).FirstOrDefault(index => Leaves.Contains(names[0][^index]));
        bool hasLeaf = names.Any(parts => parts.Any(Leaves.Contains));
        return leaf > 0 ? leaf - 1 : hasLeaf ? common : 0;
    }
}
