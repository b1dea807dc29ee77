using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies an ELF shared library with one required symbol version marked as weak (VER_FLG_WEAK in .gnu.version_r), so that a
/// loader whose libstdc++ does not define that version warns at most instead of refusing the library.
/// A file without the entry, or with it already weak, is copied as it is. Source: the ELF gABI and the
/// "Symbol Versioning" chapter of the Linux Standard Base.
/// </summary>
public class WeakenSymbolVersion : Task
{
    private const uint SectionTypeVersionNeeds = 0x6ffffffe;
    private const byte WeakFlag = 0x2;

    public string Source { get; set; }

    public string Destination { get; set; }

    public string SymbolVersion { get; set; }

    public override bool Execute()
    {
        var bytes = File.ReadAllBytes(Source);
        bool isElf64 = bytes.Length > 64 && bytes[0] == 0x7f && bytes[1] == 'E' && bytes[2] == 'L' && bytes[3] == 'F'
            && bytes[4] == 2 && bytes[5] == 1;
        if (!isElf64)
        {
            Log.LogError("{0} is not a 64-bit little-endian ELF file, so its symbol versions can't be edited", Source);
            return false;
        }

        var position = FindFlags(bytes);
        if (position >= 0)
        {
            bytes[position] |= WeakFlag;
            Log.LogMessage(MessageImportance.Normal, "{0}: {1} is now a weak requirement", Destination, SymbolVersion);
        }

        // Outputs may be hard links to the file: it is replaced, never written into.
        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        File.Delete(Destination);
        File.WriteAllBytes(Destination, bytes);
        return true;
    }

    /// <summary>The file offset of the entry's vna_flags, or -1 when there is no such entry.</summary>
    private long FindFlags(byte[] bytes)
    {
        long sectionTable = BitConverter.ToInt64(bytes, 40);
        int entrySize = BitConverter.ToUInt16(bytes, 58);
        int count = BitConverter.ToUInt16(bytes, 60);
        for (int section = 0; section < count; section++)
        {
            int header = checked((int)(sectionTable + (long)section * entrySize));
            if (BitConverter.ToUInt32(bytes, header + 4) != SectionTypeVersionNeeds)
            {
                continue;
            }

            int needs = checked((int)BitConverter.ToInt64(bytes, header + 24));
            int link = BitConverter.ToInt32(bytes, header + 40);
            int names = checked((int)BitConverter.ToInt64(bytes, checked((int)(sectionTable + (long)link * entrySize)) + 24));
            return FindInNeeds(bytes, needs, names);
        }

        return -1;
    }

    private long FindInNeeds(byte[] bytes, int need, int names)
    {
        while (true)
        {
            int auxiliary = need + BitConverter.ToInt32(bytes, need + 8);
            for (int left = BitConverter.ToUInt16(bytes, need + 2); left > 0; left--)
            {
                int start = names + BitConverter.ToInt32(bytes, auxiliary + 8);
                int end = Array.IndexOf(bytes, (byte)0, start);
                if (Encoding.ASCII.GetString(bytes, start, end - start) == SymbolVersion)
                {
                    return auxiliary + 4;
                }

                auxiliary += BitConverter.ToInt32(bytes, auxiliary + 12);
            }

            int next = BitConverter.ToInt32(bytes, need + 12);
            if (next == 0)
            {
                return -1;
            }

            need += next;
        }
    }
}
