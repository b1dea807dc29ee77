using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Generation;

namespace LoNas.Cli.Generate;

/// <summary>The flags of <c>generate</c>.</summary>
internal static class GenerateTable
{
    public static OptionTable<GenerateOptions> Table { get; } = new OptionTable<GenerateOptions>(new GenerateOptions())
        .Group("Model")
        .Add("model_name_or_path", OptionValues.Text("DIR|NAME"), o => o.ModelNameOrPath,
            (o, v) => o with { ModelNameOrPath = v ?? "" },
            "Hugging Face folder of the base model, or its hub name such as yahma/llama-7b-hf", "none, required")
        .Add("model_revision", OptionValues.Text("NAME"), o => o.ModelRevision, (o, v) => o with { ModelRevision = v },
            "branch, tag or commit of a hub name", "main")
        .Add("bf16", OptionValues.Switch, o => o.Bf16, (o, v) => o with { Bf16 = v },
            "hold the base model as bfloat16; without --bf16 and --fp16 it keeps its own type")
        .Add("fp16", OptionValues.Switch, o => o.Fp16, (o, v) => o with { Fp16 = v },
            "hold the base model as float16; a CPU uses bfloat16 instead")
        .AddDevice(o => o.Device, (o, v) => o with { Device = v }, o => o.Tf32, (o, v) => o with { Tf32 = v })
        .Group("Adapter")
        .Add("lora_weights", OptionValues.Text("DIR|NAME"), o => o.LoraWeights, (o, v) => o with { LoraWeights = v },
            "PEFT folder of a trained adapter, or its hub name")
        .Add("nncf_config", OptionValues.Text("FILE"), o => o.NncfConfig, (o, v) => o with { NncfConfig = v },
            "search space of the super-adapter", "the one that lonas.json beside the adapter names")
        .Add("sub_adapter", OptionValues.Text("NAME|FILE|FILE#N"), o => o.SubAdapter, (o, v) => o with { SubAdapter = v },
            "maximal, heuristic, minimal, a JSON file or entry N of a front; needs a configuration", "heuristic")
        .AddFrontLimits(
            o => o.MaxMacs, (o, v) => o with { MaxMacs = v }, o => o.MinAccuracy, (o, v) => o with { MinAccuracy = v })
        .Group("Prompt")
        .Add("prompt", OptionValues.FreeText, o => o.Prompt, (o, v) => o with { Prompt = v },
            "the instruction, or with --raw the text to go on from; \"\" with --raw: the start token alone",
            "none, required")
        .Add("input", OptionValues.FreeText, o => o.Input, (o, v) => o with { Input = v },
            "the instruction's input, if it has one")
        .Add("raw", OptionValues.Switch, o => o.Raw, (o, v) => o with { Raw = v },
            "no instruction template; only the new text on standard output")
        .Add("input_ids", OptionValues.Integers, o => o.InputIds, (o, v) => o with { InputIds = v },
            "the whole prompt as token ids, such as 5,17,9; the model's folder then needs no tokenizer", "none")
        .Group("Generation")
        .Add("max_new_tokens", OptionValues.Integer, o => o.MaxNewTokens, (o, v) => o with { MaxNewTokens = v },
            "most tokens generated")
        .Add("num_beams", OptionValues.Integer, o => o.NumBeams, (o, v) => o with { NumBeams = v },
            "beams of the search; 1: greedy")
        .Add("num_return_sequences", OptionValues.Integer, o => o.NumReturnSequences,
            (o, v) => o with { NumReturnSequences = v }, "sequences written, best first; at most --num_beams, or samples")
        .Add("length_penalty", OptionValues.Number, o => o.LengthPenalty, (o, v) => o with { LengthPenalty = v },
            "exponent of the length by which beam scores are divided")
        .Add("beam_length", OptionValues.Choice<BeamLength>(), o => o.BeamLength, (o, v) => o with { BeamLength = v },
            "the tokens that length counts: the whole sequence, as in Transformers 4.31, or the generated ones, as later")
        .Add("eos_token_id", OptionValues.OptionalInteger, o => o.EosTokenId, (o, v) => o with { EosTokenId = v },
            "token that ends a sequence", "the tokenizer's; none with --input_ids")
        .Group("Sampling")
        .Add("do_sample", OptionValues.Switch, o => o.DoSample, (o, v) => o with { DoSample = v },
            "draw tokens instead of taking the best; --seed sets the draws")
        .Add("temperature", OptionValues.Number, o => o.Temperature, (o, v) => o with { Temperature = v },
            "below 1 sharpens, above 1 flattens the distribution")
        .Add("top_k", OptionValues.Integer, o => o.TopK, (o, v) => o with { TopK = v },
            "draw from the best so many tokens; 0: all")
        .Add("top_p", OptionValues.Number, o => o.TopP, (o, v) => o with { TopP = v },
            "draw from the fewest best tokens whose probabilities reach this sum")
        .Group("Run")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v }, "seed of random numbers")
        .Add("threads", OptionValues.OptionalInteger, o => o.Threads, (o, v) => o with { Threads = v },
            "threads of a CPU", "physical cores")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output: sequences of token ids, prompt included, and their scores");
}
