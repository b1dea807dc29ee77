using System.Diagnostics;
using LoNas.Distributed;
using LoNas.Runtime;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.Distributed;

/// <summary>
/// NCCL's calls against a stand-in of its library and CUDA's, whose GPU is this process's memory and whose ranks are
/// threads: what is called in which order, and that every byte comes where it belongs. No GPU has seen it.
/// </summary>
public sealed class NcclTests
{
    private const int Ranks = 3;

    // Sends are kept until their receiver takes them; all of a group are made before any of its receipts is awaited.
    private const string StandIn =
        """
        #include <pthread.h>
        #include <stdlib.h>
        #include <string.h>
        typedef struct { char content[128]; } Name;
        typedef struct { void *data; size_t bytes; } Mail;
        typedef struct { void *to; size_t bytes; int peer; int rank; } Receipt;
        static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
        static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
        static Mail box[8][8];
        static int met = 0;
        static __thread Receipt waiting[8];
        static __thread int count, grouped, device = -1;
        int ncclGetUniqueId(Name *name) { memset(name, 7, sizeof *name); return 0; }
        int ncclCommInitRank(long *group, int size, Name name, int rank) {
          if (device < 0 || name.content[127] != 7) return 5;
          pthread_mutex_lock(&lock);
          met++;
          pthread_cond_broadcast(&changed);
          while (met < size) pthread_cond_wait(&changed, &lock);
          pthread_mutex_unlock(&lock);
          *group = rank + 1;
          return 0;
        }
        int ncclCommDestroy(long group) { return group > 0 ? 0 : 4; }
        int ncclGroupStart(void) { grouped = 1; count = 0; return 0; }
        int ncclSend(void *from, size_t bytes, int type, int peer, long group, void *stream) {
          if (!grouped || type != 1) return 4;
          void *copy = malloc(bytes + 1);
          memcpy(copy, from, bytes);
          pthread_mutex_lock(&lock);
          while (box[group - 1][peer].data) pthread_cond_wait(&changed, &lock);
          box[group - 1][peer].data = copy;
          box[group - 1][peer].bytes = bytes;
          pthread_cond_broadcast(&changed);
          pthread_mutex_unlock(&lock);
          return 0;
        }
        int ncclRecv(void *to, size_t bytes, int type, int peer, long group, void *stream) {
          if (!grouped || type != 1) return 4;
          waiting[count++] = (Receipt){ to, bytes, peer, group - 1 };
          return 0;
        }
        int ncclGroupEnd(void) {
          int code = 0;
          for (int i = 0; i < count; i++) {
            Receipt r = waiting[i];
            pthread_mutex_lock(&lock);
            while (!box[r.peer][r.rank].data) pthread_cond_wait(&changed, &lock);
            if (box[r.peer][r.rank].bytes != r.bytes) code = 6;
            else memcpy(r.to, box[r.peer][r.rank].data, r.bytes);
            free(box[r.peer][r.rank].data);
            box[r.peer][r.rank].data = 0;
            pthread_cond_broadcast(&changed);
            pthread_mutex_unlock(&lock);
          }
          grouped = 0;
          return code;
        }
        const char *ncclGetErrorString(int code) { return code == 6 ? "lengths differ" : "invalid usage"; }
        int cudaSetDevice(int number) { device = number; return number < 8 ? 0 : 101; }
        int cudaMalloc(void **at, size_t bytes) { *at = malloc(bytes); return 0; }
        int cudaFree(void *at) { free(at); return 0; }
        int cudaMemcpy(void *to, void *from, size_t bytes, int kind) { memcpy(to, from, bytes); return kind < 1 || kind > 2; }
        int cudaStreamSynchronize(void *stream) { return 0; }
        const char *cudaGetErrorString(int code) { return "invalid device ordinal"; }
        """;

    [Fact]
    public void Exchange_PartsOfAllLengths_ComeToTheirRanks()
    {
        var library = StandInLibrary();
        var received = ThreadRanks.Run(Ranks, others =>
        {
            using var ranks = Nccl.Over(others, others.Rank, library);
            var all = new List<byte[]>();
            foreach (int step in new[] { 1, 1000, 0 })
            {
                // Rank a sends b (a + 1) * step + b bytes of the value 10 a + b.
                int[] lengths = [.. Enumerable.Range(0, Ranks).Select(to => Length(others.Rank, to, step))];
                int[] back = [.. Enumerable.Range(0, Ranks).Select(from => Length(from, others.Rank, step))];
                byte[] sent = [.. lengths.SelectMany((length, to) =>
                    Enumerable.Repeat((byte)((10 * others.Rank) + to), length))];
                var taken = new byte[back.Sum()];
                ranks.Exchange(sent, lengths, taken, back);
                all.Add(taken);
            }

            return all;
        });

        for (int rank = 0; rank < Ranks; rank++)
        {
            foreach (var (index, step) in new[] { 1, 1000, 0 }.Index())
            {
                Assert.Equal(
                    Enumerable.Range(0, Ranks).SelectMany(from =>
                        Enumerable.Repeat((byte)((10 * from) + rank), Length(from, rank, step))),
                    received[rank][index]);
            }
        }
    }

    [Fact]
    public void Over_GpuThatIsNotThere_GivesCudasWords()
    {
        var library = StandInLibrary();

        var error = Assert.Throws<InvalidOperationException>(() => Nccl.Over(SingleProcess.Instance, 9, library));

        Assert.Equal("CUDA failed with its error 101: invalid device ordinal", error.Message);
    }

    [Fact]
    public void Load_NoLibrary_NamesThoseThatWereSought()
    {
        var error = Assert.Throws<NativeLibraryException>(() => NcclLibrary.Load(["libnonccl.so.2"], []));

        Assert.True(error.IsOfSetting);
        Assert.Equal(
            "No library of NCCL is found (looked for libnonccl.so.2); install NCCL, or name its library (LONAS_NCCL)",
            error.Message);
        ErrorTable.Require("no NCCL library", 2, $"error: {error.Message.Replace("libnonccl", "libnccl")}");
    }

    [Fact]
    public void Over_LibraryOfSomethingElse_NamesTheFunction()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the library is Linux's");
        var library = NcclLibrary.Load(["libm.so.6"], ["libm.so.6"]);

        var error = Assert.Throws<NativeLibraryException>(() => Nccl.Over(SingleProcess.Instance, 0, library));

        Assert.Contains("lacks cudaSetDevice", error.Message, StringComparison.Ordinal);
    }

    private static int Length(int from, int to, int step) => (to * (from + 1) * step) + to;

    /// <summary>The stand-in; it stays, since a loaded library can't go.</summary>
    private static NcclLibrary StandInLibrary()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the library is made for Linux");
        Assert.SkipUnless(File.Exists("/usr/bin/cc"), "there is no C compiler (/usr/bin/cc)");
        var folder = Directory.CreateTempSubdirectory("lonas-nccl-").FullName;
        var (code, library) = (Path.Combine(folder, "nccl.c"), Path.Combine(folder, "libnccl.so"));
        File.WriteAllText(code, StandIn);
        using var compiler = Process.Start("/usr/bin/cc", ["-w", "-shared", "-fPIC", "-o", library, code, "-lpthread"]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return NcclLibrary.Load([library], [library]);
    }
}
