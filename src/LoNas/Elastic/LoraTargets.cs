using LoNas.Models;

namespace LoNas.Elastic;

/// <summary>Which layers an adapter's options mean, by the rules of PEFT 0.18.</summary>
internal static class LoraTargets
{
    /// <summary>Why numbers of layers can't stand beside a pattern, which PEFT refuses too.</summary>
    public const string OnlyNamesHaveLayers = "numbers of layers go with names of targets alone: a regular expression "
        + @"says itself which layers it means, such as .*\.[0-3]\..*q_proj, and names say what "
        + LoraOptions.AllLinear + " would";

    /// <summary>Any segment, as PEFT takes it where no pattern says what the numbers of layers stand behind.</summary>
    private const string AnyContainer = "[^.]*";

    /// <summary>Whether a linear layer has an adapter.</summary>
    public static bool Has(LoraOptions options, string path) =>
        !IsExcluded(options, path)
        && (options.AdaptsModulesInFull || !IsInFull(options, path))
        && (options.IsAllLinear ? !IsHead(options, path)
            : options.TargetIsPattern ? PythonPattern.IsWhole(path, options.TargetModules[0])
            : options.TargetModules.Contains(path)
                || (options.TargetModules.Any(name => IsNamed(path, name)) && IsInLayers(options, path)));

    /// <summary>The same of the embedding, which is no linear layer.</summary>
    public static bool HasEmbedding(LoraOptions options, string path) => !options.IsAllLinear && Has(options, path);

    /// <summary>Whether a path, or its end, is a name.</summary>
    public static bool IsNamed(string path, string name) =>
        path == name || path.EndsWith($".{name}", StringComparison.Ordinal);

    /// <summary>Whether one of the names, or the pattern, of what is excluded matches a path.</summary>
    public static bool Excludes(LoraOptions options, string name, string path) =>
        options.ExcludeIsPattern ? PythonPattern.IsWhole(path, name) : IsNamed(path, name);

    /// <summary>Whether a path is, or is within, a module whose name is to be trained in full.</summary>
    public static bool IsInFull(LoraOptions options, string path) =>
        options.InFull.Any(name => $".{path}.".Contains($".{name}.", StringComparison.Ordinal));

    /// <summary>The number of the layer that a path is in; null where it is in none.</summary>
    public static int? LayerOf(LoraOptions options, string path) =>
        (options.LayersPattern.Count == 0 ? [AnyContainer] : options.LayersPattern)
        .Select(pattern => PythonPattern.LayerOf(path, pattern)).FirstOrDefault(layer => layer is not null);

    /// <summary>Options that mean the same by names alone.</summary>
    /// <param name="options">The options.</param>
    /// <param name="paths">What can have an adapter.</param>
    /// <param name="keepsLayers">Whether numbers of layers may stay beside names.</param>
    public static LoraOptions Named(LoraOptions options, IReadOnlyCollection<string> paths, bool keepsLayers)
    {
        string[] targeted = [.. paths.Where(options.Targets)];
        var set = targeted.ToHashSet();
        bool hasNames = !options.TargetIsPattern && !options.IsAllLinear && options.ExcludeModules.Count == 0;
        if (hasNames && options.LayersToTransform.Count > 0 && keepsLayers && IsLimitOfNames(options, paths))
        {
            // PEFT 0.5 knows only some names of what layers are in, where none is given.
            return options.LayersPattern.Count > 0 ? options
                : options with { LayersPattern = [.. targeted.Select(Container).OfType<string>().Distinct()] };
        }

        if (hasNames && options.LayersToTransform.Count == 0 && IsSame(options.TargetModules))
        {
            return options;
        }

        string[] ends = [.. targeted.Select(path => path[(path.LastIndexOf('.') + 1)..]).Distinct()];
        return options with
        {
            TargetIsPattern = false,
            TargetModules = IsSame(ends) ? ends : targeted,
            ExcludeIsPattern = false,
            ExcludeModules = [],
            LayersToTransform = [],
            LayersPattern = [],
        };

        bool IsSame(IReadOnlyList<string> names) =>
            paths.All(path => names.Any(name => IsNamed(path, name)) == set.Contains(path));
    }

    /// <summary>
    /// Whether all versions read names with numbers of layers alike: of a whole path the numbers are none to the later
    /// ones, and only they leave out what is trained in full.
    /// </summary>
    private static bool IsLimitOfNames(LoraOptions options, IReadOnlyCollection<string> paths) =>
        !paths.Any(path => options.TargetModules.Contains(path)
            || (IsInFull(options, path) && options.TargetModules.Any(name => IsNamed(path, name))));

    private static bool IsExcluded(LoraOptions options, string path) =>
        options.ExcludeModules.Any(name => Excludes(options, name, path));

    private static bool IsInLayers(LoraOptions options, string path) => options.LayersToTransform.Count == 0
        || (LayerOf(options, path) is { } layer && options.LayersToTransform.Contains(layer));

    /// <summary>What the number of a layer stands behind.</summary>
    private static string? Container(string path)
    {
        var parts = path.Split('.');
        int number = Array.FindLastIndex(parts, part => part.All(char.IsAsciiDigit));
        return number > 0 ? parts[number - 1] : null;
    }

    /// <summary>The head of a language model, and of a classifier that is trained in full.</summary>
    private static bool IsHead(LoraOptions options, string path) => ModelFamilies.IsHead(path)
        || (options.TaskType == LoraOptions.ClassificationTask && LoraOptions.Classifiers.Contains(path));
}
