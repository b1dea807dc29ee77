using LoNas.Models;

namespace LoNas.Elastic;

/// <summary>Which size of a linear a group's width sets.</summary>
internal enum WidthSide
{
    /// <summary>The adapter's rank.</summary>
    Rank,

    /// <summary>The output features, of the base and of lora_B.</summary>
    Out,

    /// <summary>The input features, of the base and of lora_A: a consumer that follows.</summary>
    In,
}

/// <summary>One effect of a group: the size of a linear that its width sets.</summary>
internal readonly record struct WidthCut(string ModulePath, WidthSide Side)
{
    /// <summary>Everything a group cuts: its members once per linear, and the consumers that follow.</summary>
    public static WidthCut[] Of(ElasticGroup group)
    {
        var paths = group.Members.Select(member => member.ModulePath).Distinct().ToList();
        if (group.IsRank)
        {
            return [.. paths.Select(path => new WidthCut(path, WidthSide.Rank))];
        }

        var followers = paths.Select(ModelFamilies.FindCut).OfType<FoundCut>()
            .Select(found => found.Consumer).Distinct();
        return
        [
            .. paths.Select(path => new WidthCut(path, WidthSide.Out)),
            .. followers.Select(path => new WidthCut(path, WidthSide.In)),
        ];
    }

    /// <summary>The shape with this size set to <paramref name="width"/>.</summary>
    public LinearShape Apply(LinearShape shape, int width) => Side switch
    {
        WidthSide.Rank => shape with { Rank = width },
        WidthSide.Out => shape with { Out = width },
        _ => shape with { In = width },
    };
}
