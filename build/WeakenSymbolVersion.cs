using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Marks one required symbol version of an ELF shared library as weak (VER_FLG_WEAK in .gnu.version_r), so that a
/// loader whose libstdc++ does not define that version warns at most instead of refusing the library.
/// Files without the entry, or with it already weak, are left as they are. Source: the ELF gABI and the
/// "Symbol Versioning" chapter of the Linux Standard Base.
/// </summary>
public class WeakenSymbolVersion : Task
{
    private const uint SectionTypeVersionNeeds = 0x6ffffffe;
    private const ushort WeakFlag = 0x2;

    public ITaskItem[] Files { get; set; }

    public string SymbolVersion { get; set; }

    public override bool Execute()
    {
        foreach (var item in Files)
        {
            Weaken(item.ItemSpec);
        }

        return !Log.HasLoggedErrors;
    }

    private void Weaken(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bool isElf64 = bytes.Length > 64 && bytes[0] == 0x7f && bytes[1] == 'E' && bytes[2] == 'L' && bytes[3] == 'F'
            && bytes[4] == 2 && bytes[5] == 1;
        if (!isElf64)
        {
            Log.LogError("{0} is not a 64-bit little-endian ELF file, so its symbol versions can't be edited", path);
            return;
        }

        var position = FindFlags(bytes);
        if (position < 0 || (bytes[position] & WeakFlag) != 0)
        {
            return;
        }

        // The copy keeps its time stamp: the next build sees an unchanged file and does not copy it again.
        var stamp = File.GetLastWriteTimeUtc(path);
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write))
        {
            stream.Position = position;
            stream.WriteByte((byte)(bytes[position] | WeakFlag));
        }

        File.SetLastWriteTimeUtc(path, stamp);
        Log.LogMessage(MessageImportance.Normal, "{0}: {1} is now a weak requirement", path, SymbolVersion);
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
