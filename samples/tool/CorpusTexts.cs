namespace LoNas.Samples;

/// <summary>
/// Sentences of the plain documents. They use the words of the instruction template but never its sentences, and no
/// reply in them solves a problem: the base model should know the words but not the task.
/// </summary>
internal static class CorpusTexts
{
    /// <summary>Sentences of notes; placeholders as in <see cref="ProblemTemplates"/>.</summary>
    public static readonly string[] Notes =
    [
        "{n} gave {m} an instruction.",
        "The task was to put the {c} {o} in the {p}.",
        "{n} will write a response to {m}.",
        "Below the {p} is an old {p} that {n} made.",
        "It is a request that {m} completes each day.",
        "{n} describes the {c} {p} to {m}.",
        "The {o} are paired with {d} {b}.",
        "The input is {c} and the response is {d}.",
        "{m} provides the {o} for the task.",
        "An instruction that describes the {p} is in the {p}.",
        "The {p} appropriately holds the {o}.",
        "{n} and {m} went further and found {c} {o}.",
        "Now {he} has a {c} {p} and {m} wants a {d} {p}.",
        "{m} puts the {o} in the context of the {b}.",
        "Write to {m} that the {o} are {c}.",
        "A {c} {p} is in the {d} {p}.",
    ];

    /// <summary>Texts under the first heading of a letter.</summary>
    public static readonly string[] Requests =
    [
        "{n} wants to have the {c} {o} that {m} made.",
        "Write to {m} that {n} needs the {o}.",
        "Describe the {c} {p} of {n}.",
        "{n} has many {o}. {m} wants to see the {p}.",
        "Put the {o} in the {c} {p} for {m}.",
        "{m} has {x} {o} and {n} has {y}.",
        "There are {x} {o} in the {p}. {n} took {y} of them.",
        "There are {x} {b} for the {o}.",
    ];

    /// <summary>Texts under the heading of the reply.</summary>
    public static readonly string[] Replies =
    [
        "Thank you, {n}. The {o} are in the {p}.",
        "{m} will see to it on Monday.",
        "The {p} is {c} and the {o} are {d}.",
        "{n} has the {c} {o} now.",
        "Thank you. {m} will write to {n} on Friday.",
        "{m} puts the {o} in the {c} {p}.",
    ];

    /// <summary>Pairs of headings.</summary>
    public static readonly (string Request, string Reply)[] Headings =
    [
        ("Request", "Response"), ("Instruction", "Response"), ("Task", "Notes"), ("Letter", "Response"),
        ("Input", "Notes"), ("Story", "Notes"), ("Request", "Letter"), ("Instruction", "Story"),
    ];
}
