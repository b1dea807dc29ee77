namespace LoNas.Samples;

/// <summary>
/// The phrasings. Placeholders: n, m two people; he the first one's pronoun; o things; p a place; b its plural; c
/// colours; v, w a verb in the past and its base form; x, y the two numbers of the calculation x (op) y.
/// </summary>
internal static class ProblemTemplates
{
    /// <summary>x + y: story, question.</summary>
    public static readonly (string Story, string Question)[] Addition =
    [
        ("{n} has {x} {o}. {m} gives {n} {y} more.", "How many {o} does {n} have now?"),
        ("{n} has {x} {o} and {m} has {y} {o}.", "How many {o} do they have together?"),
        ("{n} {v} {x} {o} in the morning and {y} at night.", "How many {o} did {he} {w} in all?"),
        ("There are {x} {o} in the {p}. {n} puts {y} more {o} in it.", "How many {o} are in the {p} now?"),
        ("{n} {v} {x} {o} and {m} {v} {y}.", "How many {o} did they {w} in total?"),
        ("{n} has {x} {c} {o} and {y} {d} {o}.", "How many {o} does {he} have in all?"),
        ("There are {x} {o} in one {p} and {y} {o} in a second {p}.", "How many {o} are there in total?"),
        ("{n} had {x} {o}. Then {he} {v} {y} more.", "How many {o} does {n} have now?"),
        ("{n} gave {x} {o} to {m} and still has {y} left.", "How many {o} did {n} have at first?"),
        ("{m} has {x} {o}. {n} has {y} more {o} than {m}.", "How many {o} does {n} have?"),
        ("{n} put {x} {o} in a {p}. {m} added {y} {o}.", "How many {o} are in the {p}?"),
        ("On Monday {n} {v} {x} {o}. On Friday {he} {v} {y} {o}.", "How many {o} is that in total?"),
    ];

    /// <summary>x - y.</summary>
    public static readonly (string Story, string Question)[] Subtraction =
    [
        ("{n} had {x} {o}. {n} gave {y} of them to {m}.", "How many {o} does {n} have left?"),
        ("{n} had {x} {o} and lost {y} of them.", "How many {o} are left?"),
        ("There were {x} {o} in the {p}. {n} took {y} of them.", "How many {o} are left in the {p}?"),
        ("{n} has {x} {o} and {m} has {y} {o}.", "How many more {o} does {n} have than {m}?"),
        ("{n} needs {x} {o} and has {y} {o}.", "How many more {o} does {he} need?"),
        ("{n} {v} {x} {o} and sold {y} of them.", "How many {o} are left?"),
        ("{n} has {y} {o} and wants to have {x} {o}.", "How many more {o} does {n} need?"),
        ("{n} and {m} have {x} {o} together. {m} has {y} of them.", "How many {o} does {n} have?"),
        ("There are {x} {o} in a {p}. {y} of them are {c}.", "How many {o} are not {c}?"),
        ("{m} has {x} {o}. {n} has {y} {o} less than {m}.", "How many {o} does {n} have?"),
        ("There were {x} {o} in the {p}. Now there are {y}.", "How many {o} did {n} take?"),
        ("{n} {v} {x} {o}. {m} {v} {y} {o}.", "How many less did {m} {w} than {n}?"),
    ];

    /// <summary>x * y.</summary>
    public static readonly (string Story, string Question)[] Multiplication =
    [
        ("There are {x} {b} with {y} {o} in each.", "How many {o} are there in all?"),
        ("{n} has {x} {b}. Each {p} holds {y} {o}.", "How many {o} does {n} have?"),
        ("{n} {v} {x} {b} of {y} {o}.", "How many {o} is that in total?"),
        ("Each day {n} sold {x} {o}.", "How many {o} did {he} sell in {y} days?"),
        ("One {p} holds {x} {o}.", "How many {o} are in {y} {b}?"),
        ("{n} {v} {x} {o} each day for {y} days.", "How many {o} did {he} {w} in all?"),
        ("{n} gave {x} {o} to each of {y} friends.", "How many {o} did {he} give in total?"),
        ("Each of {x} friends has {y} {o}.", "How many {o} do they have together?"),
        ("{m} has {x} {o}. {n} has {y} times as many.", "How many {o} does {n} have?"),
        ("The {o} are in {x} rows of {y}.", "How many {o} are there?"),
    ];
}
