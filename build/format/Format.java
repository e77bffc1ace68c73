import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/**
 * Checks or applies the layout of all Java sources below a folder.
 *
 * <pre>java -cp GOOGLE-JAVA-FORMAT Format.java check|apply FOLDER</pre>
 */
class Format {
    public static void main(String[] args) throws IOException {
        boolean apply = args[0].equals("apply");
        List<String> arguments = new ArrayList<>(List.of("--aosp"));
        arguments.addAll(
                apply ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
        arguments.addAll(sources(Path.of(args[1]).toRealPath()));
        int code =
                ToolProvider.findFirst("google-java-format")
                        .orElseThrow()
                        .run(System.out, System.err, arguments.toArray(String[]::new));
        if (code != 0 && !apply) {
            System.err.println(
                    "The files above are not formatted. To format them:"
                            + " ./mvnw -q -Dformat -pl .,build/format process-sources");
        }
        System.exit(code);
    }

    private static List<String> sources(Path root) throws IOException {
        List<String> sources = new ArrayList<>();
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path folder, BasicFileAttributes attributes) {
                        String name = folder.getFileName().toString();
                        boolean made = name.equals("target") || name.startsWith(".");
                        return made && !folder.equals(root)
                                ? FileVisitResult.SKIP_SUBTREE
                                : FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        if (file.toString().endsWith(".java")) {
                            sources.add(file.toString());
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
        return sources;
    }
}
