using System.Runtime.CompilerServices;
using System.Text;

namespace LoNas.Text.Jinja;

/// <summary>One rendering of a template: what it has written, where it is, and what it may still do.</summary>
/// <param name="work">How many steps it may take.</param>
/// <param name="now">The time of <c>strftime_now</c>.</param>
internal sealed class Rendering(long work, Func<DateTime> now)
{
    private const int MostCalls = 200;

    private Dictionary<string, List<(int Start, int End)>>? _marks;
    private List<(int Start, int End)> _answers = [];
    private StringBuilder _output = new();
    private readonly WorkBudget _budget = new(work);
    private int _calls;

    /// <summary>Where in the template it is, for messages.</summary>
    public int Offset { get; set; }

    public DateTime Now => now();

    public string Text => _output.ToString();

    /// <summary>What generation blocks wrote, in order.</summary>
    public IReadOnlyList<(int Start, int End)> Answers => _answers;

    /// <summary>Runs it on its own budget.</summary>
    public void Run(Block body, Scope scope) => _budget.Run(() => body.Run(this, scope));

    /// <summary>Counts a step, and what it handles, against what a template may do.</summary>
    public void Charge(long size = 0) => WorkBudget.Spend(1 + (size >> 4));

    /// <summary>Checks the length of a text before it is made.</summary>
    public void ChargeText(long length) => WorkBudget.SpendText(length);

    /// <summary>Checks the length of a list before it is made.</summary>
    public void ChargeItems(long count) => WorkBudget.SpendItems(count);

    /// <summary>The text of a value.</summary>
    public string Shown(object? value)
    {
        var text = ValueText.Of(value);
        if (value is PySequence or PyDict or DictView)
        {
            Charge(8L * text.Length); // many small values, which take longer than a text that is there
        }

        return text;
    }

    public void Write(string text)
    {
        ChargeText(_output.Length + (long)text.Length > WorkBudget.MostText ? long.MaxValue : text.Length);
        if (_marks is not null && _marks.TryGetValue(text, out var marks))
        {
            Mark(marks);
        }

        _output.Append(text);
    }

    /// <summary>Writes what the assistant says, and remembers where.</summary>
    public void WriteAnswer(Action write)
    {
        int start = _output.Length;
        write();
        _answers.Add((start, _output.Length));
    }

    /// <summary>What is written meanwhile, as a text.</summary>
    public string Capture(Action write)
    {
        var (output, answers) = (_output, _answers);
        (_output, _answers) = (new StringBuilder(), []);
        try
        {
            write();
            var text = _output.ToString();
            if (_answers.Count > 0)
            {
                // A text of its own, so that its marks are found again when this very text is written.
                text = new string(text.AsSpan());
                _marks ??= new(ReferenceEqualityComparer.Instance);
                _marks[text] = _answers;
            }

            return text;
        }
        finally
        {
            (_output, _answers) = (output, answers);
        }
    }

    /// <summary>A text made of others, which keeps their marks.</summary>
    public string Joined(string left, string right)
    {
        ChargeText(left.Length + (long)right.Length);
        var text = string.Concat(left, right);
        if (_marks is not null && (_marks.ContainsKey(left) || _marks.ContainsKey(right)))
        {
            text = new string(text.AsSpan());
            _marks[text] =
            [
                .. _marks.GetValueOrDefault(left) ?? [],
                .. (_marks.GetValueOrDefault(right) ?? [])
                    .Select(mark => (mark.Start + left.Length, mark.End + left.Length)),
            ];
        }

        return text;
    }

    /// <summary>Does what may call itself.</summary>
    /// <exception cref="JinjaException">It has called itself too often.</exception>
    public T Nested<T>(Func<T> work)
    {
        if (++_calls > MostCalls || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new JinjaException($"macros and loops call themselves more than {MostCalls} times; expected fewer");
        }

        try
        {
            return work();
        }
        finally
        {
            _calls--;
        }
    }

    private void Mark(List<(int Start, int End)> marks)
    {
        foreach (var (start, end) in marks)
        {
            _answers.Add((_output.Length + start, _output.Length + end));
        }
    }
}
