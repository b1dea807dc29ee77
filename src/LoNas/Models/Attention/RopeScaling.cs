namespace LoNas.Models.Attention;

/// <summary>
/// How rotary frequencies are changed so that a model reaches further than it was pre-trained, by the formulas of
/// Transformers (linear: Chen et al., 2023; dynamic: NTK-aware; llama3: Llama 3.1).
/// </summary>
public sealed record RopeScaling
{
    internal const string Linear = "linear";
    internal const string Dynamic = "dynamic";
    internal const string Llama3 = "llama3";
    private const string NewKey = "rope_parameters";

    private RopeScaling()
    {
    }

    /// <summary>The method: linear, dynamic or llama3.</summary>
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
    /// The base of the frequencies: in <c>rope_parameters</c> since Transformers 5, beside it before.
    /// </summary>
    internal static double ReadTheta(ConfigReader keys, double fallback = 10000)
    {
        double theta = keys.Double("rope_theta", fallback);
        return keys.Object(NewKey)?.Double("rope_theta", theta) ?? theta;
    }

    /// <summary>
    /// Reads <c>rope_parameters</c> or, from before Transformers 5, <c>rope_scaling</c>; null for no scaling.
    /// </summary>
    internal static RopeScaling? Read(ConfigReader keys, long maxPositions)
    {
        var key = keys.Has(NewKey) ? NewKey : "rope_scaling";
        if (keys.Object(key) is not { } own)
        {
            return null;
        }

        var type = own.Text(own.Has("rope_type") ? "rope_type" : "type", "");
        own.Require(
            own.Double("partial_rotary_factor", 1) == 1, $"{key} has a partial_rotary_factor, which is not supported");
        if (type == "default")
        {
            return null;
        }

        own.Require(
            type is Linear or Dynamic or Llama3,
            $"{key} has the type '{type}'; supported are default, linear, dynamic, llama3, one for all layers");
        var scaling = new RopeScaling
        {
            Type = type,
            Factor = own.Double("factor", double.NaN),
            OriginalPositions = type == Llama3 ? own.Long("original_max_position_embeddings") : maxPositions,
            LowFrequencyFactor = own.Double("low_freq_factor", 1),
            HighFrequencyFactor = own.Double("high_freq_factor", 4),
        };
        own.Require(scaling.Factor >= 1, $"{key} needs a factor of at least 1");
        own.Require(
            scaling.HighFrequencyFactor > scaling.LowFrequencyFactor,
            $"{key} needs a high_freq_factor above its low_freq_factor");
        return scaling;
    }

    /// <summary>Whether frequencies change with the length: the dynamic method, past the original positions.</summary>
    public bool DependsOnLength(long positions) => Type == Dynamic && positions > OriginalPositions;

    /// <summary>The base of the frequencies for a sequence of so many positions.</summary>
    public double ThetaFor(double theta, long headSize, long positions) => DependsOnLength(positions)
        ? theta * Math.Pow((Factor * positions / OriginalPositions) - (Factor - 1), headSize / (headSize - 2.0))
        : theta;

    /// <summary>A scaled frequency, in radians a position.</summary>
    public double Scale(double frequency)
    {
        if (Type == Linear)
        {
            return frequency / Factor;
        }

        double wavelength = 2 * Math.PI / frequency;
        if (Type == Dynamic || wavelength < OriginalPositions / HighFrequencyFactor)
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
}
