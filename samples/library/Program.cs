// Trains, searches, extracts and asks a small model of word problems; the one argument is the folder of the samples.
using LoNas;
using LoNas.Data;

var samples = args.Length > 0 ? args[0] : "samples";
var output = Directory.CreateTempSubdirectory("lonas-").FullName;
string[] targets = ["q_proj", "k_proj", "v_proj", "up_proj", "gate_proj", "down_proj"];
using var model = ElasticModel.Open(new OpenOptions
{
    Model = Path.Combine(samples, "model"),
    NewAdapter = new() { Rank = 32, Alpha = 64, Dropout = 0, TargetModules = targets },
    ConfigurationFile = Path.Combine(samples, "nncf_lonas_quickstart.json"),
});
var records = InstructionDataset.Load(Path.Combine(samples, "datasets", "word_problems", "train.json"));

// One training run gives a super-adapter: thousands of smaller models that share its weights.
model.Train([.. records.Skip(24)], new() { BatchSize = 16, MaxSteps = 120 }, new() { TrainOnInputs = false });
model.Save(Path.Combine(output, "adapter"));

// The search looks for a sub-adapter that is small and still answers right.
var found = model.Search([.. records.Take(24)], new() { Evaluations = 12, WarmStart = true }).Recommended;
Console.WriteLine($"{found.Metric:P0} right at {(double)found.Cost.Macs / model.CostOf(null).Macs:P0} of the MACs");

// What was found becomes an ordinary, smaller Hugging Face folder, and is asked.
model.Extract(found.SubAdapter, Path.Combine(output, "small"));
using var small = ElasticModel.Open(Path.Combine(output, "small"));
Console.WriteLine(small.Generate("Amy found 25 toys and sold 19 of them. How many toys are left?"));
