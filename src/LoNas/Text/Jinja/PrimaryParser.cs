using System.Text;

namespace LoNas.Text.Jinja;

/// <summary>Reads what operators stand between: names, literals and brackets, with what is behind them.</summary>
internal sealed class PrimaryParser(TokenReader tokens, ExpressionParser expressions)
{
    /// <summary>A primary expression with its attributes, items and calls.</summary>
    /// <param name="onName">Told of a name that is read.</param>
    public Expression Read(Action<string> onName)
    {
        var value = ReadAlone(onName);
        while (true)
        {
            int offset = tokens.Current.Offset;
            if (tokens.SkipOperator("."))
            {
                value = ReadMember(value);
            }
            else if (tokens.SkipOperator("["))
            {
                value = ReadItem(value, offset);
            }
            else if (tokens.IsOperator("("))
            {
                value = new CallExpression(offset, value, expressions.ReadArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ReadAlone(Action<string> onName)
    {
        var token = tokens.Take();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return ReadName(token, onName);
            case TokenKind.Number:
                return new Literal(token.Offset, token.Value);
            case TokenKind.Text:
                var text = new StringBuilder(token.Text);
                while (tokens.Current.Kind == TokenKind.Text)
                {
                    text.Append(tokens.Take().Text);
                }

                return new Literal(token.Offset, text.ToString());
            case TokenKind.Operator when token.Text == "(":
                var inner = tokens.IsOperator(")")
                    ? new TupleExpression(token.Offset, [])
                    : expressions.ReadTuple();
                tokens.ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return new ListExpression(token.Offset, [.. ReadItems("]", expressions.Read)]);
            case TokenKind.Operator when token.Text == "{":
                var entries = ReadItems("}", ReadEntry);
                return new DictExpression(
                    token.Offset, [.. entries.Select(e => e.Key)], [.. entries.Select(e => e.Value)]);
            default:
                throw new JinjaException($"{token.Described} stands here; expected an expression", token.Offset);
        }
    }

    private static Expression ReadName(TemplateToken token, Action<string> onName)
    {
        switch (token.Text)
        {
            case "true" or "True":
                return new Literal(token.Offset, true);
            case "false" or "False":
                return new Literal(token.Offset, false);
            case "none" or "None":
                return new Literal(token.Offset, null);
            default:
                onName(token.Text);
                return new NameExpression(token.Offset, token.Text);
        }
    }

    private List<T> ReadItems<T>(string end, Func<T> read)
    {
        var items = new List<T>();
        while (!tokens.IsOperator(end))
        {
            items.Add(read());
            if (!tokens.SkipOperator(","))
            {
                break;
            }
        }

        tokens.ExpectOperator(end);
        return items;
    }

    private (Expression Key, Expression Value) ReadEntry()
    {
        var key = expressions.Read();
        tokens.ExpectOperator(":");
        return (key, expressions.Read());
    }

    private Expression ReadMember(Expression value)
    {
        var token = tokens.Take();
        return token.Kind switch
        {
            TokenKind.Name => new MemberExpression(token.Offset, value, token.Text),
            TokenKind.Number when token.Value is long => new ItemExpression(
                token.Offset, value, new Literal(token.Offset, token.Value)),
            _ => throw new JinjaException(
                $"{token.Described} stands here; expected a name or number, as behind a dot", token.Offset),
        };
    }

    private Expression ReadItem(Expression value, int offset)
    {
        var bounds = new Expression?[3];
        int colons = 0;
        while (!tokens.IsOperator("]"))
        {
            if (tokens.SkipOperator(":"))
            {
                if (++colons > 2)
                {
                    throw tokens.Unexpected("']', since a slice has two colons at most");
                }
            }
            else if (bounds[colons] is not null || tokens.IsOperator(","))
            {
                throw tokens.Unexpected("']'; several items in brackets are not supported");
            }
            else
            {
                bounds[colons] = expressions.Read();
            }
        }

        if (colons == 0 && bounds[0] is null)
        {
            throw tokens.Unexpected("an expression");
        }

        tokens.ExpectOperator("]");
        return colons > 0
            ? new SliceExpression(offset, value, bounds[0], bounds[1], bounds[2])
            : new ItemExpression(offset, value, bounds[0]!);
    }
}
