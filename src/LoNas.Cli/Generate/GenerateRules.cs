using LoNas.Cli.Model;
using LoNas.Cli.Options;

namespace LoNas.Cli.Generate;

/// <summary>What the options of <c>generate</c> must satisfy before anything is read.</summary>
internal static class GenerateRules
{
    /// <summary>Everything that is wrong.</summary>
    public static IReadOnlyList<OptionProblem> Check(GenerateOptions options)
    {
        var problems = new OptionProblems();
        CheckModel(problems, options);
        CheckPrompt(problems, options);
        CheckSearch(problems, options);
        return problems.Found;
    }

    private static void CheckModel(OptionProblems problems, GenerateOptions o) => problems
        .Required("model_name_or_path", o.ModelNameOrPath, "give the Hugging Face folder of the base model")
        .When(o.Bf16 && o.Fp16, "--bf16 and --fp16 exclude each other; give one", "bf16", "fp16")
        .When(o.NncfConfig is not null && o.LoraWeights is null,
            "--nncf_config needs --lora_weights, the adapter it describes", "nncf_config", "lora_weights")
        .When(o.SubAdapter is not null && o.LoraWeights is null,
            "--sub_adapter needs --lora_weights, the adapter it is cut from", "sub_adapter", "lora_weights")
        .When((o.MaxMacs is not null || o.MinAccuracy is not null) && o.LoraWeights is null,
            "--max_macs and --min_accuracy need --lora_weights, the adapter whose front is chosen from",
            "max_macs", "min_accuracy", "lora_weights")
        .Limits(o.SubAdapter, o.MaxMacs, o.MinAccuracy)
        .When(!SubAdapterName.IsValid(o.SubAdapter), SubAdapterName.Problem(o.SubAdapter), "sub_adapter")
        .AtLeast("seed", o.Seed, 0)
        .Device(o.Device)
        .AtLeast("threads", o.Threads, 1);

    private static void CheckPrompt(OptionProblems problems, GenerateOptions o) => problems
        .When(o.Prompt is null && o.InputIds is null,
            "--prompt is missing: give the text to go on from, or \"\" for none; or tokens with --input_ids",
            "prompt", "input_ids")
        .When(o.Prompt is not null && o.InputIds is not null,
            "--prompt and --input_ids exclude each other; give one", "prompt", "input_ids")
        .When(o.InputIds is not null && (o.Raw || !string.IsNullOrEmpty(o.Input)),
            "--raw and --input have no place beside --input_ids, which are the whole prompt; leave them out",
            "input_ids", "raw", "input")
        .When(o.InputIds?.Count == 0, "--input_ids is empty; give at least one token, such as 1", "input_ids")
        .When(o.Raw && !string.IsNullOrEmpty(o.Input), "--input has no place in a --raw prompt; leave one out", "raw", "input");

    private static void CheckSearch(OptionProblems problems, GenerateOptions o) => problems
        .AtLeast("max_new_tokens", o.MaxNewTokens, 1)
        .AtLeast("num_beams", o.NumBeams, 1)
        .AtLeast("num_return_sequences", o.NumReturnSequences, 1)
        .When(!o.DoSample && o.NumReturnSequences > o.NumBeams,
            $"--num_return_sequences {o.NumReturnSequences} exceeds --num_beams {o.NumBeams}; raise --num_beams, or give --do_sample",
            "num_return_sequences", "num_beams", "do_sample")
        .When(o.DoSample && o.NumBeams > 1, "--do_sample takes --num_beams 1", "do_sample", "num_beams")
        .When(!o.DoSample && (o.Temperature != 1 || o.TopK != 50 || o.TopP != 1),
            "--temperature, --top_k and --top_p need --do_sample", "do_sample", "temperature", "top_k", "top_p")
        .AtLeast("eos_token_id", o.EosTokenId, 0)
        .Positive("temperature", o.Temperature)
        .AtLeast("top_k", o.TopK, 0)
        .Positive("top_p", o.TopP)
        .When(o.TopP > 1, $"--top_p is {o.TopP}; expected at most 1", "top_p");
}
