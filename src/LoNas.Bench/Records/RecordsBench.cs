using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LoNas.Bench.Processes;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Data.Records;
using LoNas.Formats.Peft;
using LoNas.Runtime;
using LoNas.Text;
using LoNas.Text.Chat;

namespace LoNas.Bench.Records;

/// <summary>Writes a file of short records, reads it, and reads and encodes it.</summary>
internal sealed class RecordsBench(BenchRecordsOptions options, ConsoleReporter console)
{
    private static readonly string[] Words = """
        the of and to in is that for it as was with be by on not he his but at are this have from or had an they which
        one you were all her she there would their we him been has when who will no more if out so up said what its
        about than into them can only other time new some could these two may first then do any like my now over such
        """.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);

    private bool IsChat => options.ChatTemplate is { Length: > 0 };

    /// <summary>Measures and shows.</summary>
    public void Execute(CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("lonas-records-");
        try
        {
            var path = Path.Combine(folder.FullName, "records.jsonl");
            Write(path, cancel);
            console.Line(Text($"{options.Records:N0} records, {new FileInfo(path).Length / 1e6:N0} MB"));
            Measure("read", () => RecordSet.Open([path]).Read().TakeWhile(_ => !cancel.IsCancellationRequested).Count());
            cancel.ThrowIfCancellationRequested();
            if (options.Model is { } model)
            {
                var tokenizer = TextTokenizer.Load(model);
                var template = IsChat ? ChatTemplate.Load(options.ChatTemplate!, model) : null;
                Measure("read and encoded", () => Encode(path, new(tokenizer, new() { Template = template })));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int Encode(string path, RecordEncoder encoder)
    {
        var data = RecordTraining.Encode(
            RecordSet.Open([path]).Read(), null, encoder, new DataOptions(),
            new TrainedData { Format = "messages", TrainOnInputs = false, CutoffLength = 1024 });
        return data.Training.Count;
    }

    private void Measure(string what, Func<int> work)
    {
        using var watch = new ProcessorWatch();
        var clock = Stopwatch.StartNew();
        int count = work();
        double seconds = clock.Elapsed.TotalSeconds;
        double busy = watch.Lap();
        using var process = Process.GetCurrentProcess();
        console.Line(Text($"{what}: {count / seconds:N0} records/s ({seconds:0.0} s, {busy:0.0} s of ")
            + Text($"{Environment.ProcessorCount} processors); peak memory {process.PeakWorkingSet64 / 1e9:0.00} GB"));
    }

    private void Write(string path, CancellationToken cancel)
    {
        var random = new SeededRandom(options.Seed);
        using var file = new StreamWriter(path);
        for (int record = 0; record < options.Records; record++)
        {
            cancel.ThrowIfCancellationRequested();
            var (asked, said) = (Sentence(random), Sentence(random));
            file.WriteLine(JsonSerializer.Serialize<object>(IsChat
                ? new
                {
                    messages = new[] { new { role = "user", content = asked }, new { role = "assistant", content = said } },
                }
                : new { instruction = asked, output = said }));
        }
    }

    private static string Sentence(SeededRandom random) =>
        string.Join(' ', Enumerable.Range(0, 5 + (int)random.Next(20)).Select(_ => Words[random.Next(Words.Length)]));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
