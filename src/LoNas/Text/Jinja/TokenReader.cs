namespace LoNas.Text.Jinja;

/// <summary>The tokens of a template, one after the other.</summary>
internal sealed class TokenReader(List<TemplateToken> tokens)
{
    private const int MostLevels = 100;

    private int _place;
    private int _levels;

    public TemplateToken Current => tokens[_place];

    public TemplateToken Following => tokens[Math.Min(_place + 1, tokens.Count - 1)];

    public TemplateToken Take() => _place < tokens.Count - 1 ? tokens[_place++] : tokens[_place];

    public bool IsName(string name) => Current.Is(TokenKind.Name, name);

    public bool IsOperator(string text) => Current.Is(TokenKind.Operator, text);

    public bool SkipName(string name) => Skip(IsName(name));

    public bool SkipOperator(string text) => Skip(IsOperator(text));

    public void ExpectOperator(string text)
    {
        if (!SkipOperator(text))
        {
            throw Unexpected($"'{text}'");
        }
    }

    public TemplateToken ExpectName(string what) =>
        Current.Kind == TokenKind.Name ? Take() : throw Unexpected(what);

    public void Expect(TokenKind kind, string what)
    {
        if (Current.Kind != kind)
        {
            throw Unexpected(what);
        }

        Take();
    }

    public JinjaException Unexpected(string expected) =>
        new($"{Current.Described} stands here; expected {expected}", Current.Offset);

    /// <summary>Reads what may hold more of its kind.</summary>
    public T Nested<T>(Func<T> read)
    {
        if (++_levels > MostLevels)
        {
            throw new JinjaException(
                $"more than {MostLevels} blocks or brackets lie in each other here; expected fewer", Current.Offset);
        }

        var result = read();
        _levels--;
        return result;
    }

    private bool Skip(bool isThere)
    {
        if (isThere)
        {
            Take();
        }

        return isThere;
    }
}
