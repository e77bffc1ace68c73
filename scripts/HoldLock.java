import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Runs a command while it holds the lock of a file: for build-if-stale, on systems without flock.
 * The lock is the kernel's and ends with this process.
 *
 * <p>Arguments: the file, what to say to standard error before waiting for another process, the
 * command. The exit code is the command's; 3 where the file cannot be locked.
 */
void main(String[] args) throws InterruptedException {
    Path file = Path.of(args[0]);
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        if (channel.tryLock() == null) {
            System.err.println(args[1]);
            channel.lock();
        }
        Process process =
                new ProcessBuilder(Arrays.asList(args).subList(2, args.length)).inheritIO().start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> endWith(process)));
        System.exit(process.waitFor());
    } catch (IOException e) {
        System.err.println(
                "lightning: there is no locking "
                        + file.toAbsolutePath()
                        + " ("
                        + e.getMessage()
                        + "); make it writable, or run './mvnw package'");
        System.exit(3);
    }
}

/** Ends the command, if it is there, when this process is told to end. */
private static void endWith(Process process) {
    process.destroy();
    process.onExit().join();
}
