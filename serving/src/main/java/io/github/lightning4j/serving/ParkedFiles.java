package io.github.lightning4j.serving;

import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.serving.Parked.StateFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;

/**
 * The files of parked states, each with a number for a name. They are written and deleted by one
 * thread and read by another, so that the dispatcher waits for neither, nor a reader for what is
 * written; these threads see states, which are immutable, and nothing else of the service. What
 * becomes of it is handed to the dispatcher as a task.
 *
 * <p>A file's label has its number and which service wrote it, so that no other is taken for it.
 * Files are of no use to another process: those of one that died are deleted by the next service
 * that opens the folder.
 *
 * <p>Used by the dispatcher's thread alone.
 */
final class ParkedFiles implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ParkedFiles.class.getName());

    private final StateFolder folder;
    private final Tasks tasks;
    private final UUID service = UUID.randomUUID();
    private final ExecutorService writer = oneThread("lightning4j-parking-writer");
    private final ExecutorService reader = oneThread("lightning4j-parking-reader");
    private long numbers;
    private volatile boolean closed;

    private ParkedFiles(StateFolder folder, Tasks tasks) {
        this.folder = folder;
        this.tasks = tasks;
    }

    /**
     * Takes a folder, which is made if it is not there, and deletes what a process that died has
     * left in it.
     *
     * @param tasks take outcomes
     * @throws UncheckedIOException if it cannot be used, or another service or store has it
     */
    static ParkedFiles open(Path path, StateFolder.Access access, Tasks tasks) {
        try {
            StateFolder folder = StateFolder.open(path, ".parked", access);
            try {
                deleteAll(folder);
            } catch (IOException e) {
                folder.close();
                throw e;
            }
            return new ParkedFiles(folder, tasks);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private static void deleteAll(StateFolder folder) throws IOException {
        folder.names().stream().filter(name -> name.matches("[0-9]+")).forEach(folder::delete);
    }

    private static ExecutorService oneThread(String name) {
        ThreadFactory factory = Thread.ofPlatform().daemon().name(name).factory();
        return Executors.newSingleThreadExecutor(factory);
    }

    private byte[] label(String name) {
        return ByteBuffer.allocate(3 * Long.BYTES)
                .putLong(service.getMostSignificantBits())
                .putLong(service.getLeastSignificantBits())
                .putLong(Long.parseLong(name))
                .array();
    }

    /**
     * Writes states to a new file, unless they are gone when their turn has come.
     *
     * @param written told of the file; its size is 0 if there is none
     */
    void write(Parked parked, Consumer<StateFile> written, Consumer<Throwable> failed) {
        String name = Long.toString(numbers++);
        List<SlotSnapshot> states = parked.states();
        submit(
                writer,
                () -> {
                    long bytes = parked.isGone() ? 0 : folder.write(name, states, label(name));
                    return () -> written.accept(new StateFile(name, bytes));
                },
                failed);
    }

    /** Reads the states of a file. */
    void read(StateFile file, Consumer<List<SlotSnapshot>> read, Consumer<Throwable> failed) {
        submit(
                reader,
                () -> {
                    List<SlotSnapshot> states = load(file);
                    return () -> read.accept(states);
                },
                failed);
    }

    private void submit(ExecutorService on, Callable<Runnable> job, Consumer<Throwable> failed) {
        tasks.promise();
        on.execute(() -> {
            Runnable outcome;
            try {
                outcome = closed ? () -> {} : job.call();
            } catch (Exception | Error e) {
                outcome = () -> failed.accept(e);
            }
            tasks.fulfil(outcome);
        });
    }

    /** Reads the states of a file at once, on this thread. */
    List<SlotSnapshot> load(StateFile file) throws IOException {
        return folder.read(file.name(), label(file.name()), "another conversation");
    }

    /** Deletes a file when those before it are written. */
    void delete(StateFile file) {
        writer.execute(() -> folder.delete(file.name()));
    }

    /** Waits for what is being written or read, deletes all files and gives the folder back. */
    @Override
    public void close() {
        closed = true;
        writer.close();
        reader.close();
        try {
            deleteAll(folder);
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "files of parked states are left: " + e.getMessage());
        }
        folder.close();
    }
}
