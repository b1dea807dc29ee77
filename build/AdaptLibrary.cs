using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies an ELF shared library with two changes that keep its size. One required symbol version is marked as weak
/// (VER_FLG_WEAK in .gnu.version_r), so that a loader whose libstdc++ does not define that version warns at most
/// instead of refusing the library; a file without the entry, or with it already weak, stays so. And some folders of
/// its search path (DT_RUNPATH) are replaced by another. Source: the ELF gABI and the "Symbol Versioning" chapter of
/// the Linux Standard Base.
/// </summary>
public class AdaptLibrary : Task
{
    private const uint SectionTypeVersionNeeds = 0x6ffffffe;
    private const byte WeakFlag = 0x2;

    public string Source { get; set; }

    public string Destination { get; set; }

    public string SymbolVersion { get; set; }

    public string ReplacedFolders { get; set; }

    public string Folder { get; set; }

    public override bool Execute()
    {
        var bytes = File.ReadAllBytes(Source);
        bool isElf64 = bytes.Length > 64 && bytes[0] == 0x7f && bytes[1] == 'E' && bytes[2] == 'L' && bytes[3] == 'F'
            && bytes[4] == 2 && bytes[5] == 1;
        if (!isElf64)
        {
            Log.LogError("{0} is not a 64-bit little-endian ELF file, so it can't be adapted", Source);
            return false;
        }

        var position = FindFlags(bytes);
        if (position >= 0)
        {
            bytes[position] |= WeakFlag;
        }

        // Latin-1 maps bytes to characters one to one. Slashes fill up: a folder's name may end in any number of them.
        var latin = Encoding.GetEncoding("ISO-8859-1");
        var text = latin.GetString(bytes);
        var old = ":" + ReplacedFolders + ":";
        int place = text.IndexOf(old, StringComparison.Ordinal);
        if (place < 0 || text.IndexOf(old, place + 1, StringComparison.Ordinal) >= 0
            || Folder.Length > ReplacedFolders.Length)
        {
            Log.LogError(
                "{0} does not have the folders '{1}' once in its search path; look at it with readelf -d", Source, old);
            return false;
        }

        latin.GetBytes(Folder.PadRight(ReplacedFolders.Length, '/')).CopyTo(bytes, place + 1);
        Log.LogMessage(
            MessageImportance.Normal, "{0}: {1} is weak, '{2}' is searched", Destination, SymbolVersion, Folder);

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
            int names = checked(
                (int)BitConverter.ToInt64(bytes, checked((int)(sectionTable + (long)link * entrySize)) + 24));
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
