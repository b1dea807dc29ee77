using System.Diagnostics;
using System.Text;
using System.Text.Json;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Chat;

/// <summary><c>chat</c> in a terminal that the system makes, typed into key by key.</summary>
public sealed class ChatTerminalTests : IDisposable
{
    private const string Prompt = "> ";

    private readonly TemporaryFolder _folder = new();
    private readonly StringBuilder _shown = new();
    private Process? _terminal;
    private int _seen;

    private string Saved => _folder.Path("saved.json");

    [Fact]
    public void Chat_ArrowsAndHistory_EditWhatIsSaid()
    {
        Start("--max_new_tokens 4");
        Type("helo\e[Dl \ud83d\udc4d\r");
        Answered();
        Type("\e[A\r");
        Answered();
        Type($"/save {Saved}\r");
        Answered();
        Type("/quit\r");
        Expect("unknown command '/quit'");
        Answered();
        Type("\u0004");

        Assert.Equal(0, Ended());
        Assert.Equal(["hell \ud83d\udc4do", "hell \ud83d\udc4do"], Said());
    }

    [Fact]
    public void Chat_CtrlC_StopsAnAnswerAndThenTheChat()
    {
        Start("--max_new_tokens 1000000", model: Endless());
        Type("How many?\r");
        // As it stands once it is sent, and then the beginning of the answer.
        Expect("\e[K> How many?", some: 5);
        Thread.Sleep(300);
        Type("\u0003");
        Expect("(stopped)");
        Answered();
        Type($"/save {Saved}\r");
        Expect("saved 2 messages");
        Answered();
        Type("half\u0003");
        Type("\u0003");

        Assert.Equal(130, Ended());
        Assert.Equal(["How many?"], Said());
        Assert.Contains("interrupted: the conversation ends", Shown(), StringComparison.Ordinal);
    }

    /// <summary>Who can't be asked keys, since the terminal can't move its cursor, types lines.</summary>
    [Fact]
    public void Chat_DumbTerminal_TakesLines()
    {
        Start("--max_new_tokens 4", "TERM=dumb", prompt: "Type a message");
        Type("hello\n");
        Expect("(cut after 4 tokens");
        Type($"/save {Saved}\n");
        Expect("saved 2 messages");
        Type("\u0004");

        Assert.Equal(0, Ended());
        Assert.Equal(["hello"], Said());
    }

    public void Dispose()
    {
        if (_terminal is { HasExited: false })
        {
            _terminal.Kill(entireProcessTree: true);
        }

        _terminal?.Dispose();
        _folder.Dispose();
    }

    /// <summary>The sample model with another end token than the one that it was trained with.</summary>
    private string Endless()
    {
        var model = SampleRun.CopyOfModel(_folder.Path("model"));
        foreach (var (file, old, changed) in new[]
        {
            ("config.json", "\"eos_token_id\": 2", "\"eos_token_id\": 0"),
            ("generation_config.json", "\"eos_token_id\": 2", "\"eos_token_id\": 0"),
            ("tokenizer_config.json", "\"</s>\"", "\"<unk>\""),
        })
        {
            var path = Path.Combine(model, file);
            File.WriteAllText(path, File.ReadAllText(path).Replace(old, changed, StringComparison.Ordinal));
        }

        return model;
    }

    private void Start(
        string flags, string environment = "", string prompt = Prompt, string model = "samples/model")
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "needs util-linux's script");
        var start = new ProcessStartInfo("/usr/bin/script")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            WorkingDirectory = Repository.Root,
        };
        var command = $"stty cols 80 rows 24; {environment} exec '{CliProcess.Host}' '{CliProcess.Program}' chat "
            + $"--model_name_or_path '{model}' --chat_template chatml --threads 1 --device cpu {flags}";
        foreach (var argument in new[] { "-q", "-e", "-c", command, "/dev/null" })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove("COLUMNS");
        start.Environment["TERM"] = "xterm";
        start.Environment["NO_COLOR"] = "1";
        _terminal = Process.Start(start)!;
        var reader = new Thread(Read) { IsBackground = true };
        reader.Start();
        Expect(prompt);
    }

    private void Read()
    {
        var output = _terminal!.StandardOutput;
        for (int next = output.Read(); next >= 0; next = output.Read())
        {
            lock (_shown)
            {
                _shown.Append((char)next);
            }
        }
    }

    private void Type(string keys)
    {
        _terminal!.StandardInput.Write(keys);
        _terminal.StandardInput.Flush();
        Thread.Sleep(200); // a key at a time, as a person: what comes at once is a paste
    }

    /// <summary>Waits for the next prompt, which stands at the beginning of a row.</summary>
    private void Answered() => Expect($"\n\r{Prompt}");

    /// <summary>Waits for a text, and some characters behind it.</summary>
    private void Expect(string text, int some = 0)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var all = Shown();
            int at = all.IndexOf(text, _seen, StringComparison.Ordinal);
            if (at >= 0 && all.Length >= at + text.Length + some)
            {
                _seen = at + text.Length;
                return;
            }

            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), $"'{text}' is not in\n{all}");
            Thread.Sleep(20);
        }
    }

    private string Shown()
    {
        lock (_shown)
        {
            return _shown.ToString();
        }
    }

    private int Ended()
    {
        Assert.True(_terminal!.WaitForExit(60_000), $"the chat does not end\n{Shown()}");
        return _terminal.ExitCode;
    }

    private string?[] Said() =>
    [
        .. JsonDocument.Parse(File.ReadAllText(Saved)).RootElement.GetProperty("messages").EnumerateArray()
            .Where(message => message.GetProperty("role").GetString() == "user")
            .Select(message => message.GetProperty("content").GetString()),
    ];
}
