using LoNas.Storage;

namespace LoNas.Models.Attention;

/// <summary>
/// What config.json says of rotary positions: in <c>rope_parameters</c> since Transformers 5, before in
/// <c>rope_scaling</c> and beside it. Where both are there <c>rope_scaling</c> counts, as in Transformers: people add
/// it.
/// </summary>
internal static class RopeKeys
{
    private const string NewKey = "rope_parameters";
    private const string OldKey = "rope_scaling";
    private const string Partial = "partial_rotary_factor";
    private const string Original = "original_max_position_embeddings";
    private const double FastTurns = 32;
    private const double SlowTurns = 1;

    // The name that longrope had before.
    private const string OldLongRope = "su";

    /// <summary>The base of the frequencies.</summary>
    public static double ReadTheta(ConfigReader keys, double fallback = 10000)
    {
        double theta = keys.Double("rope_theta", fallback);
        double read = keys.Object(NewKey)?.Double("rope_theta", theta) ?? theta;
        keys.Require(
            read > 1,
            FormattableString.Invariant($"the base of rotary positions (rope_theta) is {read}; expected one above 1"));
        return read;
    }

    /// <summary>How many features of a head are rotated, the first of it.</summary>
    /// <param name="keys">The keys of config.json.</param>
    /// <param name="headSize">D.</param>
    /// <param name="fallback">The part of a head where no key says it; null where the family rotates all of it.</param>
    public static long ReadSize(ConfigReader keys, long headSize, double? fallback)
    {
        double beside = keys.Double(Partial, fallback ?? 1);
        double part = keys.Object(Key(keys))?.Double(Partial, beside) ?? beside;
        if (fallback is null)
        {
            var where = beside == 1 ? $"{Key(keys)} has" : "there is";
            keys.Require(part == 1, $"{where} a {Partial}, which is not supported");
            return headSize;
        }

        long size = (long)(headSize * part);
        keys.Require(
            part is > 0 and <= 1 && size > 0 && size % 2 == 0,
            FormattableString.Invariant(
                $"{Partial} is {part}, which rotates {size} of a head's {headSize} features; expected a part up to 1 ")
                + "that gives pairs");
        return size;
    }

    /// <summary>Reads the scaling; null for none.</summary>
    /// <param name="keys">The keys of config.json.</param>
    /// <param name="maxPositions">Positions that the model is made for.</param>
    /// <param name="size">R, features of a head that are rotated.</param>
    /// <param name="original">Positions of the pre-training where no key says it; null for the former.</param>
    public static RopeScaling? Read(ConfigReader keys, long maxPositions, long size, long? original = null)
    {
        var key = Key(keys);
        if (keys.Object(key) is not { } own)
        {
            return null;
        }

        var positions = (maxPositions, original ?? maxPositions);
        var type = own.Text(own.Has("rope_type") ? "rope_type" : "type", own.Has("rope_theta") ? "default" : "");
        return type switch
        {
            "default" => null,
            OldLongRope or RopeScaling.LongRope => LongRope(keys, own, key, positions, size),
            // The first Phi-3 called it so.
            RopeScaling.Yarn when own.Has("short_factor") => LongRope(keys, own, key, positions, size),
            RopeScaling.Yarn => Yarn(own, key, maxPositions),
            RopeScaling.Linear or RopeScaling.Dynamic => Stretched(own, key, new RopeScaling
            {
                Type = type,
                Factor = own.Double("factor", double.NaN),
                OriginalPositions = maxPositions,
            }),
            RopeScaling.Llama3 => Llama3(keys, own, key),
            _ => Unknown(own, key, type),
        };
    }

    private static string Key(ConfigReader keys) => keys.Has(NewKey) && !keys.Has(OldKey) ? NewKey : OldKey;

    private static RopeScaling? Unknown(ConfigReader own, string key, string type)
    {
        own.Require(
            false,
            $"{key} has the type '{Excerpt.Of(type)}'; supported are default, linear, dynamic, yarn, longrope, llama3, "
            + "one for all layers");
        return null;
    }

    private static RopeScaling Stretched(ConfigReader own, string key, RopeScaling scaling)
    {
        own.Require(scaling.Factor >= 1, $"{key} needs a factor of at least 1");
        return scaling;
    }

    private static RopeScaling Llama3(ConfigReader keys, ConfigReader own, string key)
    {
        var scaling = new RopeScaling
        {
            Type = RopeScaling.Llama3,
            Factor = own.Double("factor", double.NaN),
            OriginalPositions = keys.Has(Original) ? keys.Long(Original) : own.Long(Original),
            LowFrequencyFactor = own.Double("low_freq_factor", 1),
            HighFrequencyFactor = own.Double("high_freq_factor", 4),
        };
        own.Require(
            scaling.HighFrequencyFactor > scaling.LowFrequencyFactor,
            $"{key} needs a high_freq_factor above its low_freq_factor");
        return Stretched(own, key, scaling);
    }

    private static RopeScaling Yarn(ConfigReader own, string key, long maxPositions)
    {
        long original = own.Long(Original, Math.Max(1, maxPositions));
        // Versions of Transformers differ where both are there and disagree; the later ones take what is said.
        double implied = own.Has(Original) && original > 0 ? (double)maxPositions / original : double.NaN;
        double factor = own.Double("factor", implied);
        var (some, all) = (own.Double("mscale", 0), own.Double("mscale_all_dim", 0));
        double usual = some != 0 && all != 0 ? Scale(factor, some) / Scale(factor, all) : Scale(factor, 1);
        var scaling = new RopeScaling
        {
            Type = RopeScaling.Yarn,
            Factor = factor,
            OriginalPositions = original,
            AttentionFactor = own.Double("attention_factor", usual),
            FastTurns = own.Double("beta_fast", FastTurns) is not 0 and var fast ? fast : FastTurns,
            SlowTurns = own.Double("beta_slow", SlowTurns) is not 0 and var slow ? slow : SlowTurns,
            Truncates = own.Bool("truncate", true),
        };
        own.Require(
            scaling.SlowTurns > 0 && scaling.FastTurns >= scaling.SlowTurns,
            $"{key} needs a beta_fast of at least its beta_slow, both above 0");
        RequireFactor(own, key, scaling.AttentionFactor);
        return Stretched(own, key, scaling);

        static double Scale(double factor, double weight) => factor <= 1 ? 1 : (0.1 * weight * Math.Log(factor)) + 1;
    }

    private static RopeScaling LongRope(
        ConfigReader keys, ConfigReader own, string key, (long Most, long Original) positions, long size)
    {
        // The key beside the others comes first, as in Transformers, and then the factor follows from it.
        long original = keys.Has(Original) ? keys.Long(Original)
            : own.Long(Original, Math.Max(1, positions.Original));
        double implied = original > 0 ? (double)positions.Most / original : 1;
        double factor = keys.Has(Original) ? implied : own.Double("factor", implied);
        double usual = factor > 1 && original > 1 ? Math.Sqrt(1 + (Math.Log(factor) / Math.Log(original))) : 1;
        var scaling = new RopeScaling
        {
            Type = RopeScaling.LongRope,
            Factor = factor,
            OriginalPositions = original,
            AttentionFactor = own.Double("attention_factor", usual),
            ShortFactors = own.Doubles("short_factor", size / 2, "one for each pair of rotated features"),
            LongFactors = own.Doubles("long_factor", size / 2, "one for each pair of rotated features"),
        };
        RequireFactor(own, key, scaling.AttentionFactor);
        return scaling;
    }

    private static void RequireFactor(ConfigReader own, string key, double factor) =>
        own.Require(!(factor <= 0), $"{key} needs an attention_factor above 0");
}
