using LoNas.Models;

namespace LoNas.Elastic;

/// <summary>Which size of a linear the width of a group sets.</summary>
internal enum WidthSide
{
    /// <summary>The rank of the adapter.</summary>
    Rank,

    /// <summary>The output features of base and lora_B, of every part of them.</summary>
    Out,

    /// <summary>The input features of base and lora_A, in a consumer that follows a cut.</summary>
    In,
}

/// <summary>One effect of a group: its width sets one size of one linear.</summary>
internal readonly record struct WidthCut(string ModulePath, WidthSide Side)
{
    /// <summary>
    /// All cuts of a group: one for each linear among its members, and one for each consumer that follows.
    /// </summary>
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

    /// <summary>The shape after this cut, to <paramref name="width"/>.</summary>
    public LinearShape Apply(LinearShape shape, int width) => Side switch
    {
        WidthSide.Rank => shape with { Rank = width },
        WidthSide.Out => shape with { Out = (long)width * shape.Parts },
        _ => shape with { In = width },
    };
}
