namespace LoNas.Models.Attention;

/// <summary>
/// How rotary frequencies are changed so that a model reaches further than it was pre-trained, by the formulas of
/// Transformers (linear: Chen et al., 2023; dynamic: NTK-aware; yarn: Peng et al., 2023; longrope: Ding et al., 2024;
/// llama3: Llama 3.1).
/// </summary>
public sealed record RopeScaling
{
    internal const string Linear = "linear";
    internal const string Dynamic = "dynamic";
    internal const string Yarn = "yarn";
    internal const string LongRope = "longrope";
    internal const string Llama3 = "llama3";

    internal RopeScaling()
    {
    }

    /// <summary>The method: linear, dynamic, yarn, longrope or llama3.</summary>
    public required string Type { get; init; }

    /// <summary>How many times further the model reaches.</summary>
    public required double Factor { get; init; }

    /// <summary>Positions of the pre-training.</summary>
    public required long OriginalPositions { get; init; }

    /// <summary>llama3: wavelengths longer than the original positions over this are stretched in full.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>llama3: wavelengths shorter than the original positions over this stay.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>
    /// yarn, longrope: what rotated queries and keys are multiplied by, so that scores grow by its square.
    /// </summary>
    public double AttentionFactor { get; init; } = 1;

    /// <summary>yarn: frequencies that turn more often than this within the original positions stay.</summary>
    public double FastTurns { get; init; } = 32;

    /// <summary>yarn: frequencies that turn less often than this are stretched in full.</summary>
    public double SlowTurns { get; init; } = 1;

    /// <summary>yarn: whether the bounds between both are whole features.</summary>
    public bool Truncates { get; init; } = true;

    /// <summary>
    /// longrope: what each frequency is divided by in sequences within the original positions; R/2 values.
    /// </summary>
    public IReadOnlyList<double> ShortFactors { get; init; } = [];

    /// <summary>longrope: the same for all positions of longer sequences.</summary>
    public IReadOnlyList<double> LongFactors { get; init; } = [];

    /// <summary>
    /// Whether frequencies change with the length: the dynamic method and longrope, past the original positions.
    /// </summary>
    public bool DependsOnLength(long positions) => Type is Dynamic or LongRope && positions > OriginalPositions;

    /// <summary>
    /// longrope: the length at which all positions take other frequencies, so that cached keys must be made anew.
    /// </summary>
    public long? RenewalLength => Type == LongRope ? OriginalPositions + 1 : null;

    /// <summary>The base of the frequencies for a sequence of so many positions.</summary>
    public double ThetaFor(double theta, long headSize, long positions) =>
        Type == Dynamic && DependsOnLength(positions)
            ? theta * Math.Pow((Factor * positions / OriginalPositions) - (Factor - 1), headSize / (headSize - 2.0))
            : theta;

    /// <summary>The scaled frequencies of a sequence of so many positions.</summary>
    /// <param name="frequencies">In radians a position, the highest first; R/2 values.</param>
    /// <param name="theta">Their base.</param>
    /// <param name="positions">The sequence's length.</param>
    internal float[] Scale(float[] frequencies, double theta, long positions)
    {
        Func<int, double> scaled = Type switch
        {
            Yarn => ByTurns(frequencies, theta),
            LongRope => pair => frequencies[pair] / (DependsOnLength(positions) ? LongFactors : ShortFactors)[pair],
            _ => pair => Scale(frequencies[pair]),
        };
        return [.. Enumerable.Range(0, frequencies.Length).Select(pair => (float)scaled(pair))];
    }

    /// <summary>
    /// A frequency scaled by the methods that look at nothing else, linear and llama3; by the others as it is.
    /// </summary>
    public double Scale(double frequency)
    {
        if (Type != Llama3)
        {
            return Type == Linear ? frequency / Factor : frequency;
        }

        // Short wavelengths stay, long ones are stretched, and between they are mixed.
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength < OriginalPositions / HighFrequencyFactor)
        {
            return frequency;
        }

        if (wavelength > OriginalPositions / LowFrequencyFactor)
        {
            return frequency / Factor;
        }

        double smooth = ((OriginalPositions / wavelength) - LowFrequencyFactor)
            / (HighFrequencyFactor - LowFrequencyFactor);
        return ((1 - smooth) * frequency / Factor) + (smooth * frequency);
    }

    /// <summary>yarn: a ramp over the features, from those that turn often to those that turn seldom.</summary>
    private Func<int, double> ByTurns(float[] frequencies, double theta)
    {
        int size = 2 * frequencies.Length;
        var (low, high) = (FeatureOf(FastTurns), FeatureOf(SlowTurns));
        (low, high) = Truncates ? (Math.Floor(low), Math.Ceiling(high)) : (low, high);
        (low, high) = (Math.Max(low, 0), Math.Min(high, size - 1));
        double width = low == high ? 0.001 : high - low;
        return pair =>
        {
            double stretched = Math.Clamp((pair - low) / width, 0, 1);
            return (frequencies[pair] / Factor * stretched) + (frequencies[pair] * (1 - stretched));
        };

        // The pair of features that turns so often within the original positions.
        double FeatureOf(double turns) =>
            size * Math.Log(OriginalPositions / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
    }
}
