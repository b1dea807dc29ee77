namespace LoNas.Text.Jinja;

/// <summary>Reads the statements of a template.</summary>
internal sealed class TemplateParser
{
    private static readonly string[] Refused =
        ["autoescape", "block", "debug", "do", "extends", "from", "import", "include", "pluralize", "trans"];

    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private readonly Stack<HashSet<string>> _macros = new();
    private int _loops;

    private TemplateParser(string source)
    {
        _tokens = new(TemplateLexer.Read(source));
        _expressions = new(_tokens);
        _expressions.NameRead += NoteName;
    }

    /// <summary>The statements of a normalised template.</summary>
    /// <exception cref="JinjaException">It is none, or uses what is not supported.</exception>
    public static Block Read(string source)
    {
        var parser = new TemplateParser(source);
        var block = parser.ReadBlock();
        return parser._tokens.Current.Kind == TokenKind.End
            ? block
            : throw new JinjaException(
                $"'{parser._tokens.Following.Text}' ends no block that is open here", parser._tokens.Following.Offset);
    }

    /// <summary>Statements up to one of the names that end them, which is current then behind its '{%'.</summary>
    private Block ReadBlock(params string[] ends) => _tokens.Nested(() =>
    {
        var statements = new List<Statement>();
        while (_tokens.Current.Kind != TokenKind.End)
        {
            var token = _tokens.Current;
            if (token.Kind == TokenKind.BlockBegin)
            {
                var name = _tokens.Following;
                if (name.Kind == TokenKind.Name && (ends.Contains(name.Text) || IsEnd(name.Text)))
                {
                    break;
                }
            }

            statements.Add(ReadStatement(_tokens.Take()));
        }

        return new Block([.. statements]);
    });

    private static bool IsEnd(string name) =>
        name.StartsWith("end", StringComparison.Ordinal) || name is "else" or "elif";

    /// <summary>A block and the name of what ended it.</summary>
    private Block ReadBody(TemplateToken begin, out string end, params string[] ends)
    {
        var block = ReadBlock(ends);
        if (_tokens.Current.Kind != TokenKind.BlockBegin || !ends.Contains(_tokens.Following.Text))
        {
            throw new JinjaException(
                $"the '{begin.Text}' that begins here has no '{ends[^1]}'"
                + (_tokens.Current.Kind == TokenKind.End ? "" : $"; '{_tokens.Following.Text}' comes first"),
                begin.Offset);
        }

        _tokens.Take();
        end = _tokens.Take().Text;
        return block;
    }

    private Block ReadWhole(TemplateToken begin, string end)
    {
        EndTag();
        var block = ReadBody(begin, out _, end);
        EndTag();
        return block;
    }

    private void EndTag() => _tokens.Expect(TokenKind.BlockEnd, "'%}'");

    private Statement ReadStatement(TemplateToken begin)
    {
        switch (begin.Kind)
        {
            case TokenKind.Data:
                return new DataStatement(begin.Text);
            case TokenKind.OutputBegin:
                var value = _expressions.ReadTuple();
                _tokens.Expect(TokenKind.OutputEnd, "'}}' or an operator");
                return new OutputStatement(value);
            default:
                var name = _tokens.ExpectName("the name of a statement");
                return ReadNamed(name);
        }
    }

    private Statement ReadNamed(TemplateToken name) => name.Text switch
    {
        "if" => ReadIf(name),
        "for" => ReadFor(name),
        "set" => ReadSet(name),
        "macro" => ReadMacro(name),
        "call" => ReadCall(name),
        "with" => ReadWith(name),
        "filter" => ReadFilter(name),
        "generation" => ReadGeneration(name),
        "print" => ReadPrint(),
        "break" => ReadFlow(name, Flow.Break),
        "continue" => ReadFlow(name, Flow.Continue),
        _ => throw new JinjaException(
            Refused.Contains(name.Text)
                ? $"the statement '{name.Text}' is not supported"
                : $"there is no statement '{name.Text}'", name.Offset),
    };

    private GenerationStatement ReadGeneration(TemplateToken begin) => new(Whole(begin, "endgeneration"));

    private PrintStatement ReadPrint()
    {
        var values = new List<Expression>();
        do
        {
            values.Add(_expressions.Read());
        }
        while (_tokens.SkipOperator(","));
        EndTag();
        return new PrintStatement([.. values]);
    }

    private FlowStatement ReadFlow(TemplateToken name, Flow flow)
    {
        EndTag();
        return _loops > 0
            ? new FlowStatement(flow)
            : throw new JinjaException($"'{name.Text}' stands outside of a loop", name.Offset);
    }

    private IfStatement ReadIf(TemplateToken begin)
    {
        bool isConditional = _expressions.IsConditional;
        _expressions.IsConditional = true;
        var branches = new List<(Expression, Block)>();
        Block? otherwise = null;
        for (var end = "elif"; end != "endif";)
        {
            var test = end == "elif" ? _expressions.ReadTuple(hasConditions: false) : null;
            EndTag();
            var body = test is null
                ? ReadBody(begin, out end, "endif")
                : ReadBody(begin, out end, "elif", "else", "endif");
            if (test is null)
            {
                otherwise = body;
            }
            else
            {
                branches.Add((test, body));
            }
        }

        EndTag();
        _expressions.IsConditional = isConditional;
        return new IfStatement([.. branches], otherwise);
    }

    private ForStatement ReadFor(TemplateToken begin)
    {
        var target = ReadTarget(isLoop: true);
        if (!_tokens.SkipName("in"))
        {
            throw _tokens.Unexpected("'in'");
        }

        var items = _expressions.ReadTuple(hasConditions: false, end: "recursive");
        var test = _tokens.SkipName("if") ? _expressions.Read() : null;
        bool isRecursive = _tokens.SkipName("recursive");
        EndTag();
        _loops++;
        var end = "";
        var body = Apart(() => ReadBody(begin, out end, "else", "endfor"));
        _loops--;
        Block? otherwise = null;
        if (end == "else")
        {
            EndTag();
            otherwise = Apart(() => ReadBody(begin, out end, "endfor"));
        }

        EndTag();
        return new ForStatement
        {
            Offset = begin.Offset,
            Target = target,
            Items = items,
            Test = test,
            Body = body,
            Otherwise = otherwise,
            IsRecursive = isRecursive,
        };
    }

    private Statement ReadSet(TemplateToken begin)
    {
        var target = ReadTarget(isLoop: false);
        if (_tokens.SkipOperator("="))
        {
            var value = _expressions.ReadTuple();
            EndTag();
            return new SetStatement(target, value);
        }

        var filters = _tokens.SkipOperator("|") ? _expressions.ReadFilters() : null;
        return new SetBlockStatement(target, filters, Whole(begin, "endset"));
    }

    private WithStatement ReadWith(TemplateToken begin)
    {
        var variables = new List<(Target, Expression)>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            var target = ReadOneTarget();
            _tokens.ExpectOperator("=");
            variables.Add((target, _expressions.Read()));
            if (!_tokens.SkipOperator(","))
            {
                break;
            }
        }

        return new WithStatement([.. variables], Apart(() => ReadWhole(begin, "endwith")));
    }

    private FilterStatement ReadFilter(TemplateToken begin)
    {
        var filters = _expressions.ReadFilters();
        return new FilterStatement(filters, Whole(begin, "endfilter"));
    }

    private MacroStatement ReadMacro(TemplateToken begin)
    {
        var name = _tokens.ExpectName("the name of a macro");
        return new MacroStatement(name.Text, ReadMacroBody(begin, "endmacro", hasParameters: true));
    }

    private CallStatement ReadCall(TemplateToken begin)
    {
        CallExpression? call = null;
        var body = ReadMacroBody(begin, "endcall", _tokens.IsOperator("("), () =>
            call = _expressions.Read() as CallExpression
                ?? throw new JinjaException("'call' needs a call, such as of a macro", begin.Offset));
        return new CallStatement(call!, body);
    }

    private MacroBody ReadMacroBody(TemplateToken begin, string end, bool hasParameters, Action? between = null)
    {
        var uses = new HashSet<string>();
        _macros.Push(uses);
        var (names, defaults) = hasParameters ? ReadParameters() : ([], []);
        between?.Invoke();
        uses.Clear();
        var body = Whole(begin, end);
        _macros.Pop();
        return new MacroBody { Parameters = [.. names], Defaults = [.. defaults], Body = body, Uses = uses };
    }

    private (List<string> Names, List<Expression?> Defaults) ReadParameters()
    {
        var (names, defaults) = (new List<string>(), new List<Expression?>());
        _tokens.ExpectOperator("(");
        while (!_tokens.IsOperator(")"))
        {
            var name = _tokens.ExpectName("the name of a parameter");
            names.Add(AssignableName(name));
            defaults.Add(_tokens.SkipOperator("=") ? _expressions.Read()
                : defaults.Exists(value => value is not null)
                    ? throw new JinjaException($"'{name.Text}' needs a default, as those before it have", name.Offset)
                : null);
            if (!_tokens.SkipOperator(","))
            {
                break;
            }
        }

        _tokens.ExpectOperator(")");
        return (names, defaults);
    }

    private Target ReadTarget(bool isLoop)
    {
        int offset = _tokens.Current.Offset;
        var first = ReadOneTarget(isLoop);
        var parts = new List<Target> { first };
        while (_tokens.SkipOperator(",") && (_tokens.Current.Kind == TokenKind.Name || _tokens.IsOperator("("))
            && !_tokens.IsName("in"))
        {
            parts.Add(ReadOneTarget(isLoop));
        }

        return parts.Count == 1 ? first : new TupleTarget(offset, [.. parts]);
    }

    private Target ReadOneTarget(bool isLoop = false)
    {
        int offset = _tokens.Current.Offset;
        if (_tokens.SkipOperator("("))
        {
            var inner = _tokens.Nested(() => ReadTarget(isLoop));
            _tokens.ExpectOperator(")");
            return inner;
        }

        var name = _tokens.ExpectName("a name to assign to");
        if (!isLoop && _tokens.SkipOperator("."))
        {
            return new NamespaceTarget(offset, name.Text, _tokens.ExpectName("the name of an attribute").Text);
        }

        return isLoop && name.Text == LoopState.Name
            ? throw new JinjaException("'loop' is the loop's own; expected another name", name.Offset)
            : new NameTarget(AssignableName(name));
    }

    private static string AssignableName(TemplateToken name) =>
        name.Text is "true" or "false" or "none" or "True" or "False" or "None"
            ? throw new JinjaException($"'{name.Text}' can't be assigned to", name.Offset)
            : name.Text;

    /// <summary>Reads a block whose text is taken as a whole, so that no loop around it is left from inside.</summary>
    private Block Whole(TemplateToken begin, string end)
    {
        int loops = _loops;
        _loops = 0;
        var block = Apart(() => ReadWhole(begin, end));
        _loops = loops;
        return block;
    }

    /// <summary>Reads a block with variables of its own.</summary>
    private Block Apart(Func<Block> read)
    {
        bool isConditional = _expressions.IsConditional;
        _expressions.IsConditional = false;
        var block = read();
        _expressions.IsConditional = isConditional;
        return block;
    }

    private void NoteName(string name)
    {
        if (Macro.Specials.Contains(name))
        {
            foreach (var uses in _macros)
            {
                uses.Add(name);
            }
        }
    }
}
