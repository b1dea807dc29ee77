using LoNas.Runtime;
using LoNas.Samples;



const long ProblemSeed = 20240601;
const long TokenizerSeed = 20240602;
const long PretrainSeed = 20240603;
const long ConversationSeed = 20240604;

var paths = SamplePaths.Find();
var command = args is [var only] ? only : "";
if (command is not ("data" or "tokenizer" or "pretrain" or "chat" or "all"))
{
    Console.Error.WriteLine("usage: dotnet run -c Release --project samples/tool -- data|tokenizer|pretrain|chat|all");
    return 2;
}

var (train, test) = ProblemSets.Draw(ProblemSeed);
var reserved = train.Concat(test).Select(problem => problem.Text).ToHashSet(StringComparer.Ordinal);
if (command is "data" or "all")
{
    ProblemSets.Write(paths.Problems, train, test);
    Console.WriteLine($"{train.Count} training and {test.Count} held-out problems in {paths.Problems}");
}

if (command is "chat" or "all")
{
    Conversations.Write(paths.Conversations, ConversationSeed, reserved);
    Console.WriteLine($"{Conversations.Count} conversations in {paths.Conversations}");
}

if (command is "tokenizer" or "all")
{
    SampleTokenizer.Write(paths, TokenizerSeed, train, reserved);
    int longest = SampleTokenizer.Check(paths, train.Concat(test));
    Console.WriteLine($"{SampleTokenizer.VocabularySize} pieces in {paths.Tokenizer}");
    Console.WriteLine($"longest training text: {longest} tokens");
}

if (command is "pretrain" or "all")
{
    TorchRuntime.Initialize();
    new Pretrainer(paths, reserved).Run(PretrainSeed, Console.WriteLine);
}

return 0;
