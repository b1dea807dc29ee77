// Answers a word problem with the sample model; the one argument is the folder of the samples.
using LoNas.Elastic;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Text;

var folder = Path.Combine(args.Length > 0 ? args[0] : "samples", "model");
TorchRuntime.Initialize();
var tokenizer = TextTokenizer.Load(folder);
var source = ModelFolder.Open(folder);
using var plain = new SuperAdapter(null, new SeededRandom(1));
using var model = source.Build(source.CheckpointType, plain.Linears);
var prompt = tokenizer.Encode("Q: Tom has 3 apples and buys 4 more. How many apples does Tom have now?\nA:");
var options = new GenerationOptions { MaxNewTokens = 9, EosIds = source.EosIds };
var answer = TextGenerator.Generate(model, prompt, options)[0];
Console.WriteLine(tokenizer.Decode([.. answer.Ids], skipSpecialTokens: true));
