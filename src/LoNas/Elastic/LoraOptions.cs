namespace LoNas.Elastic;

/// <summary>Low-rank adapters (Hu et al., 2021): y = W x + (alpha / r) B A x on the targeted linear layers.</summary>
public sealed record LoraOptions
{
    /// <summary>PEFT's name for language modelling.</summary>
    public const string CausalTask = "CAUSAL_LM";

    /// <summary>PEFT's name for sequence classification.</summary>
    public const string ClassificationTask = "SEQ_CLS";

    /// <summary>
    /// As the only pattern: every linear layer but the output head, which is PEFT's meaning of it.
    /// </summary>
    public const string AllLinear = "all-linear";

    /// <summary>Names of classifier modules, which PEFT trains in full even if they are not listed.</summary>
    internal static readonly string[] Classifiers = ["classifier", "score"];

    /// <summary>The rank r; 32 by default.</summary>
    public int Rank { get; init; } = 32;

    /// <summary>The numerator alpha of the scaling; 64 by default.</summary>
    public double Alpha { get; init; } = 64;

    /// <summary>The probability of dropping an element of the adapter's input in training; 0 by default.</summary>
    public double Dropout { get; init; }

    /// <summary>
    /// Names of the targeted layers, matched at the end of their paths, or a single pattern; q_proj and v_proj by
    /// default.
    /// </summary>
    public IReadOnlyList<string> TargetModules { get; init; } = ["q_proj", "v_proj"];

    /// <summary>
    /// Whether <see cref="TargetModules"/> is a single regular expression of Python for the whole path, as PEFT allows,
    /// or <see cref="AllLinear"/>.
    /// </summary>
    public bool TargetIsPattern { get; init; }

    /// <summary>
    /// Layers that get no adapter whatever targets them: names, matched at the end of paths, or a single pattern; none
    /// by default.
    /// </summary>
    public IReadOnlyList<string> ExcludeModules { get; init; } = [];

    /// <summary>Whether <see cref="ExcludeModules"/> is a single regular expression for the whole path.</summary>
    public bool ExcludeIsPattern { get; init; }

    /// <summary>
    /// Numbers of the model's layers, from 0, to which names of targets are limited; none by default, which is no
    /// limit. Of a name that is a whole path it is none either, as in PEFT.
    /// </summary>
    public IReadOnlyList<int> LayersToTransform { get; init; } = [];

    /// <summary>
    /// What the numbers of <see cref="LayersToTransform"/> stand behind in a path, such as layers; by default whatever
    /// it is.
    /// </summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <summary>
    /// Whether linear layers within modules that are trained in full have an adapter too, as PEFT made them before its
    /// version 0.16; false by default.
    /// </summary>
    public bool AdaptsModulesInFull { get; init; }

    /// <summary>Ranks of layers that differ from <see cref="Rank"/>, by PEFT's patterns; none by default.</summary>
    public LayerPattern<int> RankPattern { get; init; } = LayerPattern<int>.None;

    /// <summary>Alphas of layers that differ from <see cref="Alpha"/>, by PEFT's patterns; none by default.</summary>
    public LayerPattern<double> AlphaPattern { get; init; } = LayerPattern<double>.None;

    /// <summary>Whether the scaling is alpha / sqrt(r) (Kalajdzievski, 2023) in place of alpha / r.</summary>
    public bool UseRslora { get; init; }

    /// <summary>
    /// Names of modules that are trained in full in addition to the adapters, such as classifier; none by default.
    /// </summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>
    /// PEFT's name for the task; CAUSAL_LM by default. With SEQ_CLS the classifier is trained in full.
    /// </summary>
    public string TaskType { get; init; } = CausalTask;

    /// <summary>The scaling of layers that match no pattern.</summary>
    public double Scaling => ScalingOf(Alpha, Rank);

    /// <summary>
    /// What is wrong with an alpha whose scaling no float32 holds, in which adapters compute; null where all are right.
    /// </summary>
    public string? ScalingProblem
    {
        get
        {
            var pairs =
                from alpha in AlphaPattern.Values.Select(entry => entry.Value).Prepend(Alpha)
                from rank in RankPattern.Values.Select(entry => entry.Value).Prepend(Rank)
                where !IsScaling(alpha, ScalingOf(alpha, rank))
                select FormattableString.Invariant(
                    $"lora_alpha {alpha} with the rank {rank} makes the scaling {ScalingOf(alpha, rank)}")
                    + ", which float32 does not hold; expected a number such as 16 or 64";
            return pairs.FirstOrDefault();
        }
    }

    /// <summary>The rank of the layer at <paramref name="path"/>.</summary>
    public int RankOf(string path) => RankPattern.Find(path, Rank);

    /// <summary>
    /// The scaling alpha / r of the layer at <paramref name="path"/>. r is the full rank, even if the rank is cut.
    /// </summary>
    public double ScalingOf(string path) => ScalingOf(AlphaPattern.Find(path, Alpha), RankOf(path));

    /// <summary>Whether the linear layer at <paramref name="path"/> has an adapter, by PEFT's rules.</summary>
    /// <exception cref="InvalidDataException">Matching a pattern takes too long.</exception>
    public bool Targets(string path) => LoraTargets.Has(this, path);

    /// <summary>Whether a text is <see cref="AllLinear"/>, whatever its case, as PEFT takes it.</summary>
    public static bool IsAllLinearName(string text) => text.Equals(AllLinear, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The same for every version of PEFT: names that target the same layers, short ones where that is so, in place of
    /// a pattern and of what is excluded. Numbers of layers stay beside names that they limit.
    /// </summary>
    /// <param name="paths">What can have an adapter: the model's linear layers.</param>
    public LoraOptions Named(IReadOnlyCollection<string> paths) => LoraTargets.Named(this, paths, keepsLayers: true);

    /// <summary>The same by names alone, without any limit, for what knows none.</summary>
    /// <param name="paths">What can have an adapter: the model's linear layers.</param>
    public LoraOptions Resolved(IReadOnlyCollection<string> paths) =>
        LoraTargets.Named(this, paths, keepsLayers: false);

    /// <summary>
    /// What makes a text unusable as a regular expression for whole paths, as it reads behind "is no"; null where
    /// nothing does.
    /// </summary>
    public static string? PatternProblem(string pattern) => PythonPattern.ProblemOfWhole(pattern);

    /// <summary>Names of the modules that are trained in full, including those that the task implies.</summary>
    public IEnumerable<string> InFull =>
        TaskType == ClassificationTask ? ModulesToSave.Concat(Classifiers) : ModulesToSave;

    /// <summary>
    /// Whether the module at <paramref name="path"/> is trained in full. By PEFT's rule it is if its path, or the path
    /// of a module that contains it, ends with one of the names.
    /// </summary>
    public bool TrainsInFull(string path) => InFull.Any(name => TrainsInFull(path, name));

    /// <summary>Whether this one name makes the module train in full.</summary>
    internal static bool TrainsInFull(string path, string name)
    {
        var parts = path.Split('.');
        return Enumerable.Range(1, parts.Length).Any(count =>
            string.Join('.', parts.Take(count)).EndsWith(name, StringComparison.Ordinal));
    }

    /// <summary>Whether every linear layer but the head is targeted.</summary>
    internal bool IsAllLinear => TargetModules is [var only] && IsAllLinearName(only);

    private double ScalingOf(double alpha, int rank) => UseRslora ? alpha / Math.Sqrt(rank) : alpha / rank;

    /// <summary>An alpha of 0 turns an adapter off; one that only becomes 0 is a mistake.</summary>
    private static bool IsScaling(double alpha, double scaling) =>
        float.IsFinite((float)scaling) && ((float)scaling != 0 || alpha == 0);
}
