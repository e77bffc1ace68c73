package io.github.lightning4j.distributed;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.StateSnapshot;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The folder in which a job's results come together, and from which it goes on after a stop.
 *
 * <pre>
 *   manifest.txt                      what the job is
 *   part-00000000.safetensors …       results by partition, each there when it is whole
 *   exchange/incoming-state-00000001  states on their way between partitions, until the job is done
 *   lock                              held by the process that runs the job
 * </pre>
 *
 * <p>Every file is written beside its place and moved there, so what is there is whole. A folder of
 * another job is refused. Thread-safe, and used by several processes at a time: one has it opened,
 * and its workers have {@linkplain #join joined}.
 */
public final class JobFolder implements AutoCloseable {
    private static final String MANIFEST = "manifest.txt";
    private static final String LOCK = "lock";

    private final Path folder;
    private final AttentionJob job;
    private final @Nullable FileChannel lock;
    private final @Nullable TensorFile owned;

    private JobFolder(
            Path folder, AttentionJob job, @Nullable FileChannel lock, @Nullable TensorFile owned) {
        this.folder = folder;
        this.job = job;
        this.lock = lock;
        this.owned = owned;
    }

    /**
     * Opens a folder for a job, to run it. What a process that was killed has left unfinished is
     * deleted.
     *
     * @param folder is created where it is not there; else it is empty or of this job
     * @param job what will be in it
     * @return the folder, to be closed
     * @throws MalformedDataException if the folder is of another job, with what differs
     * @throws IOException if it is in use by another process, has other files, or cannot be written
     */
    public static JobFolder open(Path folder, AttentionJob job) throws IOException {
        Path manifest = folder.resolve(MANIFEST);
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new NotDirectoryException(Quoted.file(folder));
        }
        if (!Files.exists(manifest) && Files.exists(folder) && hasFiles(folder)) {
            throw new FileSystemException(
                    Quoted.file(folder), null, "it has files and no " + MANIFEST + " of a job");
        }
        if (Files.exists(manifest)) {
            Manifest.read(manifest).check(manifest, job);
        }
        Files.createDirectories(exchange(folder));
        FileChannel lock = lock(folder);
        try {
            deleteUnfinished(folder);
            deleteUnfinished(exchange(folder));
            Manifest.of(job).write(manifest);
            return new JobFolder(folder, job, lock, null);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Whether a folder has anything but what an earlier call made before it was stopped. */
    private static boolean hasFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(
                    file -> !file.equals(exchange(folder)) && !file.equals(folder.resolve(LOCK)));
        }
    }

    /**
     * Joins a job that another process has opened, to work on its partitions.
     *
     * @param folder of the job
     * @return the folder, to be closed; its input is mapped and closed with it
     * @throws IOException if it has no job, or the job's input is not what it was
     */
    public static JobFolder join(Path folder) throws IOException {
        Path path = folder.resolve(MANIFEST);
        if (!Files.exists(path)) {
            throw new NoSuchFileException(Quoted.file(path) + ": there is no such file");
        }
        Manifest manifest = Manifest.read(path);
        TensorFile file = TensorFile.map(manifest.input(path));
        try {
            return new JobFolder(folder, manifest.job(path, file), null, file);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Opens a folder to go on with the job that its manifest says, wherever it was opened for that
     * job before.
     *
     * @param folder of the job
     * @return the folder, to be closed; its input is mapped and closed with it
     * @throws IOException as {@link #open} and {@link #join}
     */
    public static JobFolder resume(Path folder) throws IOException {
        JobFolder joined = join(folder);
        try {
            JobFolder opened = open(folder, joined.job);
            return new JobFolder(folder, joined.job, opened.lock, joined.owned);
        } catch (IOException | RuntimeException e) {
            joined.close();
            throw e;
        }
    }

    private static FileChannel lock(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            held = null; // of this process
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        if (held == null) {
            channel.close();
            throw new FileSystemException(
                    Quoted.file(folder), null, "another run of the job uses it");
        }
        return channel;
    }

    private static void deleteUnfinished(Path folder) throws IOException {
        List<Path> unfinished;
        try (Stream<Path> files = Files.list(folder)) {
            unfinished =
                    files.filter(file ->
                                    file.getFileName().toString().matches("\\.[-0-9a-f]+\\.part"))
                            .toList();
        }
        for (Path file : unfinished) {
            Files.deleteIfExists(file);
        }
    }

    /**
     * What is computed.
     *
     * @return the job
     */
    public AttentionJob job() {
        return job;
    }

    /**
     * Where this is.
     *
     * @return the path of the folder
     */
    public Path path() {
        return folder;
    }

    /**
     * The file of a partition's results, which is there once they are complete.
     *
     * @param partition which
     * @return its path
     */
    public Path part(int partition) {
        return folder.resolve(String.format(Locale.ROOT, "part-%08d.safetensors", partition));
    }

    /**
     * Whether the results of a partition are there, whole and as they were written. All of them are
     * read, because their checksum is compared.
     *
     * @param partition which
     * @return false too where there is a file that is not what it must be
     * @throws IOException if that cannot be found out
     */
    public boolean hasPart(int partition) throws IOException {
        return PartFile.fault(part(partition), job, partition) == null;
    }

    /**
     * The partitions whose results are to be computed.
     *
     * @param listener is told of those whose results are there and are damaged
     * @return those of which {@link #hasPart} is false, in their order
     * @throws IOException if that cannot be found out
     */
    public List<Integer> missing(JobListener listener) throws IOException {
        List<Integer> missing = new ArrayList<>();
        for (int p = 0; p < job.plan().partitions(); p++) {
            String fault = PartFile.fault(part(p), job, p);
            if (fault != null) {
                missing.add(p);
                if (Files.exists(part(p))) {
                    listener.damaged(p, fault);
                }
            }
        }
        return missing;
    }

    /** Refuses results that are not there or not as they were written. */
    void checkPart(int partition) throws IOException {
        String fault = PartFile.fault(part(partition), job, partition);
        if (fault != null) {
            throw new MalformedDataException(fault + "; run the job again");
        }
    }

    private static Path exchange(Path folder) {
        return folder.resolve("exchange");
    }

    private Path exchanged(Exchange kind, int partition) {
        return exchange(folder)
                .resolve(String.format(Locale.ROOT, "%s-%08d", kind.word(), partition));
    }

    /** Keeps a state for another phase. */
    void put(Exchange kind, int partition, Tensor state) throws IOException {
        StateSnapshot.write(
                AttentionState.of(state, job.config().slopes(), new long[1]),
                exchanged(kind, partition));
    }

    /** A state of another phase, which must be there. */
    Tensor get(Exchange kind, int partition) throws IOException {
        return StateSnapshot.read(exchanged(kind, partition)).values();
    }

    /** Whether a state is there, whole. */
    boolean has(Exchange kind, int partition) throws IOException {
        try {
            return StateSnapshot.read(exchanged(kind, partition)).values().size() * 4
                    == job.stateBytes();
        } catch (NoSuchFileException | MalformedDataException e) {
            return false;
        }
    }

    /** Deletes the states on their way, which a job that is done does not need. */
    void deleteExchanged() throws IOException {
        Path exchange = exchange(folder);
        List<Path> states;
        try (Stream<Path> files = Files.list(exchange)) {
            states =
                    files.filter(file ->
                                    Stream.of(Exchange.values())
                                            .anyMatch(kind ->
                                                    file.getFileName()
                                                            .toString()
                                                            .startsWith(kind.word())))
                            .toList();
        }
        for (Path state : states) {
            Files.deleteIfExists(state);
        }
        try {
            Files.deleteIfExists(exchange);
        } catch (DirectoryNotEmptyException e) {
            // Whatever else is there belongs to somebody.
        }
    }

    /** Lets others open it. */
    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
        }
        if (owned != null) {
            owned.close();
        }
    }
}
