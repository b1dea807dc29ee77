using LoNas.Storage;

namespace LoNas.Weights;

/// <summary>A dictionary in a pickle, ordered or not. Keys are string or long.</summary>
internal sealed class PickleDict
{
    public Dictionary<object, object?> Items { get; } = [];
}

/// <summary>
/// Reads the part of Python's pickle language that saved state dicts use. Nothing is ever executed: where Python would
/// import and call a function, <see cref="TorchPickle"/> accepts a few names and builds plain records. The machine does
/// not recurse, no opcode allocates more than its bytes in the file, and the number of opcodes is limited by the size
/// of the file, so that a small malicious pickle can't fill the memory. Source: CPython's pickletools.py, protocols 2
/// to 5.
/// </summary>
internal sealed class PickleMachine
{
    private const byte Stop = (byte)'.';

    // The description of a tensor takes about forty opcodes; real tensors have far more than 32 bytes of elements per
    // opcode.
    private const long FewSteps = 40_000;
    private const int BytesOfStep = 32;

    private readonly PickleReader _reader;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];

    private PickleMachine(byte[] data) => _reader = new PickleReader(data);

    /// <summary>
    /// Reads the pickled object: null, bool, long, double, string, object?[], List, PickleDict or a record of
    /// TorchPickle.
    /// </summary>
    /// <param name="data">The pickle.</param>
    /// <param name="fileLength">Size in bytes of the file that the pickle describes.</param>
    /// <exception cref="InvalidDataException">The pickle is invalid. The message does not name the file.</exception>
    public static object? Load(byte[] data, long fileLength)
    {
        var machine = new PickleMachine(data);
        long left = FewSteps + (fileLength / BytesOfStep);
        for (byte opcode = machine._reader.Byte(); opcode != Stop; opcode = machine._reader.Byte())
        {
            if (!machine.PushLiteral((char)opcode) && !machine.PushBuilt((char)opcode) && !machine.Change((char)opcode))
            {
                throw machine._reader.Bad($"the opcode 0x{opcode:x2}, which no state dict needs");
            }

            if (--left < 0)
            {
                throw machine._reader.Bad($"far more steps than the tensors of a file of {fileLength} bytes need");
            }
        }

        return machine.Pop();
    }

    /// <summary>Opcodes that push their operand.</summary>
    private bool PushLiteral(char opcode)
    {
        object? value;
        switch (opcode)
        {
            case 'N': value = null; break;
            case '\x88': value = true; break;
            case '\x89': value = false; break;
            case 'K': value = (long)_reader.Byte(); break;
            case 'M': value = _reader.UInt16(); break;
            case 'J': value = _reader.Int32(); break;
            case '\x8a': value = _reader.Long(); break;
            case 'G': value = _reader.Double(); break;
            case 'U' or '\x8c': value = _reader.Text(_reader.Byte()); break;
            case 'T' or 'X': value = _reader.Text(_reader.UInt32()); break;
            case '\x8d': value = _reader.Text(_reader.Int64()); break;
            case '}': value = new PickleDict(); break;
            case ']': value = new List<object?>(); break;
            case ')': value = Array.Empty<object?>(); break;
            case 'h': value = Recall(_reader.Byte()); break;
            case 'j': value = Recall(_reader.UInt32()); break;
            case 'c': value = TorchPickle.Global(_reader.Line(), _reader.Line()); break;
            default: return false;
        }

        _stack.Add(value);
        return true;
    }

    /// <summary>Opcodes that push a value built from values on the stack.</summary>
    private bool PushBuilt(char opcode)
    {
        object? value;
        switch (opcode)
        {
            case '\x85': value = new[] { Pop() }; break;
            case '\x86': value = Last(2); break;
            case '\x87': value = Last(3); break;
            case 't': value = PopToMark(); break;
            case 'Q': value = TorchPickle.Storage(Pop()); break;
            case '\x93' when Last(2) is [string module, string name]: value = TorchPickle.Global(module, name); break;
            case 'R' when Pop() is object?[] arguments: value = TorchPickle.Call(Pop(), arguments); break;
            case '\x93' or 'R': throw _reader.Bad("a call without a name or without arguments");
            default: return false;
        }

        _stack.Add(value);
        return true;
    }

    /// <summary>Opcodes that change the machine's state or the value on top of the stack.</summary>
    private bool Change(char opcode)
    {
        switch (opcode)
        {
            case '\x80' when _reader.Byte() <= 5: break;
            case '\x80': throw _reader.Bad("an unknown protocol");
            case '\x95': _reader.Int64(); break; // the length of a frame, which only helps streams
            case '(': _marks.Add(_stack.Count); break;
            case 'q': _memo[_reader.Byte()] = Top(); break;
            case 'r': _memo[_reader.UInt32()] = Top(); break;
            case '\x94': _memo[_memo.Count] = Top(); break;
            case 's': SetItems(Last(2)); break;
            case 'u': SetItems(PopToMark()); break;
            case 'a': List().Add(Pop()); break;
            case 'e': Append(PopToMark()); break;
            case 'b': Build(Pop()); break;
            default: return false;
        }

        return true;
    }

    private void SetItems(object?[] items)
    {
        if (Top() is not PickleDict dict || items.Length % 2 != 0)
        {
            throw _reader.Bad("items for something that is no dictionary");
        }

        for (int i = 0; i < items.Length; i += 2)
        {
            if (items[i] is not (string or long) || !dict.Items.TryAdd(items[i]!, items[i + 1]))
            {
                throw _reader.Bad(items[i] is string or long
                    ? $"the key '{Excerpt.Of($"{items[i]}")}' twice"
                    : "a key that is no text");
            }
        }
    }

    private void Append(object?[] items) => List().AddRange(items);

    private List<object?> List() => Top() as List<object?> ?? throw _reader.Bad("items for something that is no list");

    /// <summary>
    /// In Python this sets attributes. A state dict stores its <c>_metadata</c> this way; no weight depends on it.
    /// </summary>
    private void Build(object? state)
    {
        if (Top() is not PickleDict || state is not PickleDict)
        {
            throw _reader.Bad("attributes for something that is no dictionary");
        }
    }

    private object? Recall(long index) =>
        _memo.TryGetValue(index, out var value)
            ? value
            : throw _reader.Bad($"a use of memo {index}, which was never set");

    private int Floor => _marks.Count > 0 ? _marks[^1] : 0;

    private object? Top() => _stack.Count > Floor ? _stack[^1] : throw _reader.Bad("an empty stack");

    private object? Pop()
    {
        var value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] Last(int count) => _stack.Count - Floor >= count
        ? TakeFrom(_stack.Count - count)
        : throw _reader.Bad($"fewer than {count} values on the stack");

    private object?[] PopToMark()
    {
        if (_marks.Count == 0)
        {
            throw _reader.Bad("an end without its mark");
        }

        int start = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return TakeFrom(start);
    }

    private object?[] TakeFrom(int start)
    {
        var values = _stack.GetRange(start, _stack.Count - start).ToArray();
        _stack.RemoveRange(start, values.Length);
        return values;
    }
}
