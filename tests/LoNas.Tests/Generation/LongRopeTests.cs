using LoNas.Generation;
using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.Tests.Generation;

/// <summary>Sequences that grow past the original length of longrope, where all positions take other factors.</summary>
public sealed class LongRopeTests
{
    private const string Name = "phi3-longrope-tiny";
    private const int Switch = 33;

    private static readonly string Recorded = Path.Combine("fixtures", "modern", Name, "generation_4.57.0.json");

    [Theory]
    [InlineData(1, 24)]
    [InlineData(4, 24)]
    [InlineData(3, 40)]
    public void GenerateAll_PastTheOriginalLength_EqualsDecodingWithoutACache(int beams, int most)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (model, _) = new ModernModel(Name).Load();
        int[][] prompts = [[.. Ids(20)], [.. Ids(13)], [.. Ids(32)], [.. Ids(33)], [.. Ids(31)], [.. Ids(40)]];
        var options = new GenerationOptions { MaxNewTokens = most, BeamCount = beams, Length = BeamLength.Generated };

        var together = TextGenerator.GenerateAll(model, prompts, options, new BatchOptions { Size = 4 });

        for (int prompt = 0; prompt < prompts.Length; prompt++)
        {
            var expected = Decode(model, prompts[prompt], options, ids => Causal(model, ids));
            Assert.Equal(expected.Select(entry => entry.Ids), together[prompt].Select(entry => entry.Ids));
            Assert.Equal(
                expected.Select(entry => entry.Ids),
                TextGenerator.Generate(model, prompts[prompt], options).Select(entry => entry.Ids));
        }
    }

    /// <summary>
    /// Transformers 4.57 runs the tokens anew without a mask, so that in this one pass each looks at those behind it
    /// too: with that its recorded beams are met exactly. Later releases mask them.
    /// </summary>
    [Fact]
    public void Decode_WithTheUnmaskedPassOfTransformers457_EqualsItsRecording()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (model, _) = new ModernModel(Name).Load();
        var recorded = RecordedGeneration.LoadFile(SharedData.Path(Recorded), Name, BeamLength.Generated)
            ["beam4_single0"];

        recorded.AssertEqual(
            0, Decode(model, recorded.Prompts[0], recorded.Options, ids => WithUnmaskedPass(model, ids)));
    }

    [Fact]
    public void IsPrefixStable_LongRope_HoldsUpToTheOriginalLength()
    {
        var (model, _) = new ModernModel(Name).Load();

        Assert.Equal((true, false), (model.IsPrefixStable(Switch - 1), model.IsPrefixStable(Switch)));
        Assert.Equal(Switch, model.RenewalLength);
    }

    private static IEnumerable<int> Ids(int count) =>
        Enumerable.Range(0, count).Select(i => ((i * 37) + 11 + count) % 320);

    /// <summary>The decoding's own rules with logits that are computed from the whole sequence each time.</summary>
    private static IReadOnlyList<GeneratedSequence> Decode(
        ICausalModel model, int[] prompt, GenerationOptions options, Func<int[], Tensor> hidden)
    {
        IDecoding decoding = options.BeamCount == 1
            ? new TokenByToken(prompt, options, null, null)
            : new BeamState(prompt, options);
        for (int made = 0; made < options.MaxNewTokens && !decoding.IsDone; made++)
        {
            using var scope = NewDisposeScope();
            int[][] running = made == 0 ? [prompt] : [.. decoding.Running.Select(ids => ids.ToArray())];
            var states = cat([.. running.Select(hidden)], 0); // [B, H]
            decoding.Step(new LogitRows(
                StepLogits.Of(model.Logits(states), decoding.Candidates), 0, running.Length));
        }

        return decoding.Finish();
    }

    private static Tensor Causal(ICausalModel model, int[] ids) =>
        model.HiddenStates(Row(ids))[0].narrow(0, ids.Length - 1, 1);

    private static Tensor WithUnmaskedPass(ICausalModel model, int[] ids)
    {
        if (ids.Length < Switch)
        {
            return Causal(model, ids);
        }

        using var cache = new KvCache(model.CacheShape, 1, ids.Length);
        using var step = new CacheStep
        {
            QueryPositions = arange(0, Switch, ScalarType.Int64).unsqueeze(0),
            KeyPositions = arange(0, Switch, ScalarType.Int64).unsqueeze(0),
            Allowed = ones(1, Switch, Switch, ScalarType.Bool),
            Lengths = [Switch],
            End = Switch,
        };
        var states = model.HiddenStates(Row(ids[..Switch]), TokenPlaces.Behind(cache, step));
        if (ids.Length > Switch)
        {
            using var rest = CacheStep.Following(Switch, ids.Length - Switch, [ids.Length], 0, CPU);
            states = model.HiddenStates(Row(ids[Switch..]), TokenPlaces.Behind(cache, rest));
        }

        return states[0].narrow(0, states.shape[1] - 1, 1);
    }

    private static Tensor Row(int[] ids) => tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0);
}
