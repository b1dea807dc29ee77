namespace LoNas.Text.Jinja;

/// <summary>Reads expressions, with Jinja's order of operators.</summary>
internal sealed class ExpressionParser(TokenReader tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>Where a name is read, which tells what a macro uses.</summary>
    public event Action<string>? NameRead;

    /// <summary>
    /// Whether what is read may never be reached, so that a filter which is unknown is an error only where it is used.
    /// </summary>
    public bool IsConditional { get; set; }

    /// <summary>One expression, or several with commas between, which are a tuple.</summary>
    public Expression ReadTuple(bool hasConditions = true, string? end = null)
    {
        int offset = tokens.Current.Offset;
        var items = new List<Expression>();
        bool isTuple = false;
        while (!IsEndOfTuple(end))
        {
            items.Add(hasConditions ? Read() : ReadOr());
            if (!tokens.SkipOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        return items.Count == 0 ? throw tokens.Unexpected("an expression")
            : isTuple ? new TupleExpression(offset, [.. items]) : items[0];
    }

    public Expression Read() => tokens.Nested(ReadConditional);

    /// <summary>A filter behind a bar, or the first of a block without one.</summary>
    public FilterExpression ReadFilter(Expression? value)
    {
        var name = tokens.ExpectName("the name of a filter");
        var arguments = tokens.IsOperator("(") ? ReadArguments() : ArgumentList.None;
        return FilterTable.Find(name.Text) is null && !IsConditional
            ? throw new JinjaException(FilterTable.Unknown(name.Text).Message, name.Offset)
            : new FilterExpression(name.Offset, name.Text, value, arguments);
    }

    public FilterChain ReadFilters()
    {
        var filters = new List<FilterExpression>();
        do
        {
            filters.Add(ReadFilter(null));
        }
        while (tokens.SkipOperator("|"));
        return new FilterChain(filters);
    }

    /// <summary>What stands in the parentheses of a call.</summary>
    public ArgumentList ReadArguments()
    {
        tokens.ExpectOperator("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? spread = null, namedSpread = null;
        while (!tokens.IsOperator(")"))
        {
            if (tokens.SkipOperator("**"))
            {
                namedSpread = namedSpread is null ? Read() : throw tokens.Unexpected("one '**'");
            }
            else if (tokens.SkipOperator("*"))
            {
                spread = spread is null && namedSpread is null ? Read() : throw tokens.Unexpected("one '*'");
            }
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Following.Is(TokenKind.Operator, "="))
            {
                var name = tokens.Take().Text;
                tokens.Take();
                named.Add((name, Read()));
            }
            else if (named.Count > 0 || spread is not null || namedSpread is not null)
            {
                throw tokens.Unexpected("a named argument, as behind another");
            }
            else
            {
                positional.Add(Read());
            }

            if (!tokens.SkipOperator(","))
            {
                break;
            }
        }

        tokens.ExpectOperator(")");
        return new ArgumentList
        {
            Positional = [.. positional],
            Named = [.. named],
            Spread = spread,
            NamedSpread = namedSpread,
        };
    }

    private bool IsEndOfTuple(string? end) =>
        tokens.Current.Kind is TokenKind.OutputEnd or TokenKind.BlockEnd or TokenKind.End || tokens.IsOperator(")")
        || (end is not null && tokens.IsName(end));

    private Expression ReadConditional()
    {
        int offset = tokens.Current.Offset;
        var value = ReadOr();
        while (tokens.SkipName("if"))
        {
            var test = ReadOr();
            value = new ConditionalExpression(
                offset, test, value, tokens.SkipName("else") ? Read() : null);
        }

        return value;
    }

    private Expression ReadOr()
    {
        var left = ReadAnd();
        while (tokens.IsName("or"))
        {
            int offset = tokens.Take().Offset;
            left = new LogicExpression(offset, left, ReadAnd(), isOr: true);
        }

        return left;
    }

    private Expression ReadAnd()
    {
        var left = ReadNot();
        while (tokens.IsName("and"))
        {
            int offset = tokens.Take().Offset;
            left = new LogicExpression(offset, left, ReadNot(), isOr: false);
        }

        return left;
    }

    private Expression ReadNot()
    {
        int offset = tokens.Current.Offset;
        return tokens.SkipName("not") ? new NotExpression(offset, tokens.Nested(ReadNot)) : ReadComparison();
    }

    private Expression ReadComparison()
    {
        var first = ReadSum();
        int offset = tokens.Current.Offset;
        var rest = new List<(string, Expression)>();
        while (ComparisonSign() is { } sign)
        {
            rest.Add((sign, ReadSum()));
        }

        return rest.Count == 0 ? first : new CompareExpression(offset, first, [.. rest]);
    }

    private string? ComparisonSign()
    {
        if (tokens.Current.Kind == TokenKind.Operator && Comparisons.Contains(tokens.Current.Text))
        {
            return tokens.Take().Text;
        }

        if (tokens.IsName("not") && tokens.Following.Is(TokenKind.Name, "in"))
        {
            tokens.Take();
            tokens.Take();
            return "not in";
        }

        return tokens.SkipName("in") ? "in" : null;
    }

    private Expression ReadSum() => ReadChain(ReadConcat, "+", "-");

    private Expression ReadConcat()
    {
        var parts = new List<Expression> { ReadProduct() };
        int offset = tokens.Current.Offset;
        while (tokens.SkipOperator("~"))
        {
            parts.Add(ReadProduct());
        }

        return parts.Count == 1 ? parts[0] : new ConcatExpression(offset, [.. parts]);
    }

    private Expression ReadProduct() => ReadChain(ReadPower, "*", "/", "//", "%");

    private Expression ReadPower() => ReadChain(() => ReadUnary(hasFilters: true), "**");

    private Expression ReadChain(Func<Expression> read, params string[] signs)
    {
        var left = read();
        while (tokens.Current.Kind == TokenKind.Operator && signs.Contains(tokens.Current.Text))
        {
            var sign = tokens.Take();
            left = new OperatorExpression(sign.Offset, sign.Text, left, read());
        }

        return left;
    }

    private Expression ReadUnary(bool hasFilters)
    {
        int offset = tokens.Current.Offset;
        Expression value = tokens.IsOperator("-") || tokens.IsOperator("+")
            ? ReadSign(offset)
            : new PrimaryParser(tokens, this).Read(name => NameRead?.Invoke(name));
        return hasFilters ? ReadFiltersAndTests(value) : value;
    }

    private SignExpression ReadSign(int offset)
    {
        var sign = tokens.Take().Text;
        return new SignExpression(offset, tokens.Nested(() => ReadUnary(hasFilters: false)), sign);
    }

    private Expression ReadFiltersAndTests(Expression value)
    {
        while (true)
        {
            if (tokens.SkipOperator("|"))
            {
                value = ReadFilter(value);
            }
            else if (tokens.IsName("is"))
            {
                value = ReadTest(value);
            }
            else if (tokens.IsOperator("("))
            {
                value = new CallExpression(tokens.Current.Offset, value, ReadArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private TestExpression ReadTest(Expression value)
    {
        int offset = tokens.Take().Offset;
        bool isNegated = tokens.SkipName("not");
        var name = tokens.ExpectName("the name of a test");
        var arguments = ArgumentList.None;
        if (tokens.IsOperator("("))
        {
            arguments = ReadArguments();
        }
        else if (BeginsArgument())
        {
            if (tokens.IsName("is"))
            {
                throw tokens.Unexpected("one 'is' alone, since tests make no chains");
            }

            arguments = new ArgumentList
            {
                Positional = [new PrimaryParser(tokens, this).Read(read => NameRead?.Invoke(read))],
            };
        }

        return TestTable.Find(name.Text) is null && !IsConditional
            ? throw new JinjaException(TestTable.Unknown(name.Text).Message, name.Offset)
            : new TestExpression(offset, name.Text, value, arguments, isNegated);
    }

    private bool BeginsArgument() => tokens.Current.Kind is TokenKind.Text or TokenKind.Number
        || tokens.IsOperator("[") || tokens.IsOperator("{")
        || (tokens.Current.Kind == TokenKind.Name && tokens.Current.Text is not ("else" or "or" or "and"));
}
