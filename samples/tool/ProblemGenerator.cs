using LoNas.Runtime;

namespace LoNas.Samples;

/// <summary>Draws word problems: a phrasing, its words and its numbers.</summary>
internal sealed class ProblemGenerator(SeededRandom random)
{
    private static readonly (string Name, string Pronoun)[] People =
    [
        ("Tom", "he"), ("Ann", "she"), ("Ben", "he"), ("Mia", "she"), ("Sam", "he"), ("Eva", "she"), ("Max", "he"),
        ("Lea", "she"), ("Dan", "he"), ("Ida", "she"), ("Leo", "he"), ("Zoe", "she"), ("Tim", "he"), ("Sue", "she"),
        ("Jim", "he"), ("Amy", "she"), ("Ali", "he"), ("Eve", "she"), ("Ron", "he"), ("Kim", "she"),
    ];

    private static readonly string[] Things =
    [
        "pens", "cups", "eggs", "toys", "nuts", "cards", "books", "coins", "balls", "shells", "stones", "apples",
        "pears", "plums", "cakes", "stars", "hats", "keys", "rings", "roses", "stamps", "seeds", "figs", "bells",
    ];

    private static readonly (string One, string Many)[] Places =
    [
        ("box", "boxes"), ("bag", "bags"), ("pot", "pots"), ("jar", "jars"), ("tin", "tins"), ("car", "cars"),
        ("shop", "shops"), ("room", "rooms"), ("net", "nets"), ("case", "cases"),
    ];

    private static readonly string[] Colours = ["red", "blue", "green", "white", "black", "old", "new", "big"];

    private static readonly (string Past, string Base)[] Verbs =
    [
        ("got", "get"), ("bought", "buy"), ("found", "find"), ("made", "make"), ("picked", "pick"), ("saw", "see"),
    ];

    /// <summary>A random problem; its result is between 1 and 81.</summary>
    public WordProblem Next()
    {
        var (x, operation, y) = NextCalculation();
        var (story, question) = Pick(operation switch
        {
            '+' => ProblemTemplates.Addition,
            '-' => ProblemTemplates.Subtraction,
            _ => ProblemTemplates.Multiplication,
        });
        var words = DrawWords(x, y);
        return new WordProblem(Fill(story, words), Fill(question, words), x, operation, y);
    }

    /// <summary>
    /// The operands of one operation. Numbers in a text are at least 2, so that every noun is plural.
    /// </summary>
    public (int X, char Operation, int Y) NextCalculation()
    {
        switch (random.Next(3))
        {
            case 0:
                return (Between(2, 20), '+', Between(2, 20));
            case 1:
                int y = Between(2, 19);
                return (y + Between(1, 20), '-', y);
            default:
                return (Between(2, 9), '*', Between(2, 9));
        }
    }

    /// <summary>A uniform integer, both ends included.</summary>
    public int Between(int least, int most) => least + random.Next(most - least + 1);

    /// <summary>A uniform choice.</summary>
    public T Pick<T>(IReadOnlyList<T> values) => values[random.Next(values.Count)];

    /// <summary>The placeholders' values for one text; the two people and the two colours differ.</summary>
    public Dictionary<string, string> DrawWords(int x, int y)
    {
        int first = random.Next(People.Length);
        int second = (first + 1 + random.Next(People.Length - 1)) % People.Length;
        int colour = random.Next(Colours.Length);
        var place = Pick(Places);
        var verb = Pick(Verbs);
        return new Dictionary<string, string>
        {
            ["n"] = People[first].Name,
            ["he"] = People[first].Pronoun,
            ["m"] = People[second].Name,
            ["o"] = Pick(Things),
            ["p"] = place.One,
            ["b"] = place.Many,
            ["c"] = Colours[colour],
            ["d"] = Colours[(colour + 1 + random.Next(Colours.Length - 1)) % Colours.Length],
            ["v"] = verb.Past,
            ["w"] = verb.Base,
            ["x"] = $"{x}",
            ["y"] = $"{y}",
        };
    }

    /// <summary>A template with its placeholders replaced.</summary>
    public static string Fill(string template, Dictionary<string, string> words)
    {
        foreach (var (key, value) in words)
        {
            template = template.Replace("{" + key + "}", value, StringComparison.Ordinal);
        }

        return template;
    }
}
