using LoNas.Cli.Output;

namespace LoNas.Tests.Cli;

public sealed class ConsoleReporterTests
{
    private const char Escape = '\u001b';

    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly SteppedClock _clock = new();

    [Fact]
    public void StartBar_NoTerminal_WritesALineNowAndThen()
    {
        var console = new ConsoleReporter(_output, _error, clock: _clock);
        using (var bar = console.StartBar("training", 100))
        {
            for (int step = 0; step <= 100; step += 5)
            {
                bar.Update(step, $"loss {step}");
                _clock.Advance(TimeSpan.FromSeconds(2));
            }
        }

        Assert.Equal(
            [
                "training 0/100, loss 0",
                "training 25/100, 2.5/s, 0:30 left, loss 25",
                "training 50/100, 2.5/s, 0:20 left, loss 50",
                "training 75/100, 2.5/s, 0:10 left, loss 75",
                "training 100/100, 2.5/s, 0:00 left, loss 100",
                "training: 0:42",
            ],
            Lines());
    }

    [Fact]
    public void StartBar_Disposed_LeavesTheLastState()
    {
        var console = new ConsoleReporter(_output, _error, clock: _clock);
        using (var bar = console.StartBar("testing", 4))
        {
            bar.Update(0);
            _clock.Advance(TimeSpan.FromSeconds(3));
            bar.Update(1, "accuracy 0.5");
        }

        Assert.Equal(["testing 0/4", "testing 1/4, 3.0 s each, 0:09 left, accuracy 0.5", "testing: 0:03"], Lines());
    }

    [Fact]
    public void StartBar_FirstOfMany_SaysNothingOfTheTimeLeft()
    {
        var console = new ConsoleReporter(_output, _error, clock: _clock);
        using (var bar = console.StartBar("testing", 238))
        {
            _clock.Advance(TimeSpan.FromSeconds(19));
            bar.Update(1);
            _clock.Advance(TimeSpan.FromSeconds(13));
            bar.Update(64);
        }

        Assert.Equal(["testing 1/238", "testing 64/238, 2.0/s, 1:27 left", "testing: 0:32"], Lines());
    }

    [Fact]
    public void StartBar_AfterAResume_CountsOnlyNewWork()
    {
        var console = new ConsoleReporter(_output, _error, clock: _clock);
        using (var bar = console.StartBar("training", 100, done: 90))
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            bar.Update(92);
        }

        Assert.Equal("training 92/100, 2.0/s, 0:04 left", Lines()[0]);
    }

    [Fact]
    public void StartBar_Terminal_DrawsAndKeepsLines()
    {
        var console = new ConsoleReporter(_output, _error, terminal: true, clock: _clock);
        using (var bar = console.StartBar("training", 10))
        {
            bar.Update(5, "loss [1]");
            console.Line("saved");
        }

        console.Line("after");

        Assert.Contains("saved", _output.ToString());
        Assert.Contains(Escape, _output.ToString());
        Assert.EndsWith("training 5/10, loss [1]\ntraining: 0:00\nafter\n", _output.ToString());
    }

    [Fact]
    public void Write_LongText_IsNotWrapped()
    {
        var console = new ConsoleReporter(_output, _error);
        string text = string.Join(' ', Enumerable.Repeat("[word]", 100));

        console.Write(text);
        console.Line(text);

        Assert.Equal($"{text}{text}\n", _output.ToString());
    }

    [Fact]
    public void Warn_GoesToStandardError()
    {
        new ConsoleReporter(_output, _error).Warn("careful");

        Assert.Equal(("", "warning: careful\n"), (_output.ToString(), _error.ToString()));
    }

    [Fact]
    public void Table_NoTerminal_IsPlainAndAligned()
    {
        var console = new ConsoleReporter(_output, _error);

        console.Table("Results", ["sub-adapter", "accuracy"], [["maximal", "0.9"], ["[minimal]", "0.85"]]);

        Assert.DoesNotContain(Escape, _output.ToString());
        Assert.Equal("Results", Lines()[0]);
        Assert.Contains("| maximal     |      0.9 |", Lines());
        Assert.Contains("| [minimal]   |     0.85 |", Lines());
    }

    private string[] Lines() => _output.ToString().TrimEnd().Split('\n').Select(line => line.TrimEnd()).ToArray();

    /// <summary>A clock that goes on when a test says so.</summary>
    private sealed class SteppedClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;
    }
}
