using LoNas.Models;
using LoNas.Models.Attention;

namespace LoNas.Export.Gguf;

/// <summary>What an architecture of llama.cpp has no place for in a model, and what is worth a word.</summary>
internal static class GgufPlace
{
    /// <summary>What it would leave out or compute otherwise, by the names of config.json; empty if nothing.</summary>
    public static IReadOnlyList<string> Obstacles(
        ModelFamily family, LlamaCppArchitecture architecture, ModelDescription model)
    {
        var (config, settings) = (model.Layout.Config, model.LlamaCpp!);
        var found = new List<string>(settings.Obstacles);
        void Add(bool isObstacle, string text)
        {
            if (isObstacle)
            {
                found.Add(text);
            }
        }

        bool CanHaveBias(LinearSize linear) => architecture.Biased.Contains(NameOf(linear));
        var blocks = model.Layout.Linears
            .Where(linear => linear.Path.StartsWith($"{family.BlockPath}.0.", StringComparison.Ordinal)).ToArray();
        var biased = blocks.Where(linear => linear.Bias && !CanHaveBias(linear)).ToArray();
        Add(biased.Length > 0, $"biases of {Names(biased)}");
        var bare = blocks.Where(linear => architecture.RequiresBias && !linear.Bias && CanHaveBias(linear)).ToArray();
        Add(bare.Length > 0, $"{Names(bare)} without biases");
        Add(
            architecture.IsSquare && config.HeadCount * config.HeadSize != config.HiddenSize,
            $"a head_dim of {config.HeadSize}, since {config.HeadCount} heads of it are not the hidden_size of "
            + $"{config.HiddenSize}");
        Add(
            settings.RopeScaling is { Type: RopeScaling.Llama3 or RopeScaling.LongRope } scaling
                && !architecture.Factors.Contains(scaling.Type),
            $"rotary positions scaled as {settings.RopeScaling?.Type}");
        Add(
            settings.RopeScaling is { Type: RopeScaling.Yarn, Truncates: false },
            "rotary positions scaled as yarn with truncate false");
        Add(
            architecture.Head == LlamaCppHead.Tied && !config.TieWordEmbeddings,
            "a head of its own (tie_word_embeddings is false)");
        return found;
    }

    /// <summary>Where the file says what only some of llama.cpp, or only a part of the positions, follows.</summary>
    public static IEnumerable<string> Notices(LlamaCppArchitecture architecture, LlamaCppSettings settings)
    {
        foreach (var notice in settings.Notices)
        {
            yield return notice;
        }

        if (settings.Windows.Any(window => window is not null) && architecture.FullEvery == 0)
        {
            yield return $"llama.cpp's {architecture.Name} has no sliding window: it computes the same within the "
                + $"{settings.Windows.Min()} positions of the model's, where the file's context length ends, and "
                + "something else beyond";
        }

        if (HasOwnPattern(architecture, settings))
        {
            yield return $"the layers that have a sliding window are not those that llama.cpp's {architecture.Name} "
                + $"takes for them (all but every {architecture.FullEvery}th): the file lists them "
                + "(attention.sliding_window_pattern), and a version of llama.cpp that doesn't read the list computes "
                + "something else";
        }

        if (settings.RopeScaling is { Type: RopeScaling.LongRope } two)
        {
            yield return "llama.cpp takes the short or the long factors of rotary positions by the size of its "
                + "context, where the model takes them by the length of the text: they agree on texts of up to "
                + $"{two.OriginalPositions} tokens in a context of no more, and on longer texts in a larger one";
        }

        if (settings.RopeScaling is { Type: RopeScaling.Dynamic } scaling)
        {
            yield return "llama.cpp has no dynamic scaling of rotary positions: it computes the same within the "
                + $"{scaling.OriginalPositions} positions that are not scaled, where the file's context length ends, "
                + "and something else beyond";
        }
    }

    /// <summary>Whether other layers have windows than those the architecture takes by itself.</summary>
    public static bool HasOwnPattern(LlamaCppArchitecture architecture, LlamaCppSettings settings) =>
        architecture.FullEvery > 0 && settings.Windows.Index()
            .Any(layer => layer.Item is null != ((layer.Index + 1) % architecture.FullEvery == 0));

    private static string Names(IEnumerable<LinearSize> linears) =>
        string.Join(", ", linears.Select(NameOf));

    private static string NameOf(LinearSize linear) => linear.Path[(linear.Path.LastIndexOf('.') + 1)..];
}
