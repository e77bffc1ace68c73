package io.github.lightning4j.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.release.Modules.Module;

import org.apache.maven.model.Plugin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A project of somebody else that depends on this one as the documents say. */
class ConsumerIT {
    @TempDir private Path folder;

    /** With GPUs there is an artifact more; the rest is tried below, for both documents at once. */
    @Test
    void theReadmeAndTheServicesDocumentAskForTheSame() throws IOException {
        String gpu =
                """
                  <dependency>
                    <groupId>io.github.lightning4j</groupId>
                    <artifactId>lightning4j-tornado-kernels</artifactId>
                    <scope>runtime</scope>
                  </dependency>
                """;
        String ofService = block("docs/embedding.md", "xml");
        assertTrue(ofService.contains(gpu), ofService);
        assertEquals(block("README.md", "xml"), ofService.replace(gpu, ""));
    }

    @Test
    void whatTheDocumentsAskForResolvesAndRunsTheReadmesProgram() throws Exception {
        Path repository = folder.resolve("repository");
        for (Module module : Modules.published()) {
            install(module, repository);
        }
        Path project = Files.createDirectories(folder.resolve("consumer"));
        Files.writeString(project.resolve("pom.xml"), pom(block("docs/embedding.md", "xml")));
        Path sources = Files.createDirectories(project.resolve("src/main/java"));
        Files.writeString(sources.resolve("Example.java"), block("README.md", "java"));

        String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
        ProcessBuilder maven =
                new ProcessBuilder(
                        Path.of(System.getProperty("lightning.maven.home"), "bin/mvn").toString(),
                        "-B",
                        "-q",
                        "-o",
                        "-Dmaven.repo.local=" + repository,
                        "-Dmaven.repo.local.tail=" + Modules.REPOSITORY,
                        "-Dexec.executable=" + java,
                        "-Dexec.args=--add-modules jdk.incubator.vector -cp %classpath Example",
                        "compile",
                        coordinates("exec-maven-plugin") + ":exec");
        maven.directory(project.toFile());
        maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
        maven.environment().remove("MAVEN_ARGS");
        maven.redirectErrorStream(true);
        Process process = maven.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        assertTrue(output.contains(" on cpu:"), output);
    }

    /** What {@code install} does: the POM and the jar under their names. */
    private static void install(Module module, Path repository) throws IOException {
        String version = module.model().getVersion();
        Path place =
                repository.resolve(Modules.GROUP.replace('.', '/'), module.toString(), version);
        Files.createDirectories(place);
        String name = module + "-" + version;
        Files.copy(module.pom(), place.resolve(name + ".pom"));
        if (module.model().getPackaging().equals("jar")) {
            Files.copy(module.artifact(""), place.resolve(name + ".jar"));
        }
    }

    /** The first block of code in that language. */
    private static String block(String document, String language) throws IOException {
        String text = Files.readString(Modules.SOURCE.resolve(document));
        Matcher block =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(text);
        assertTrue(block.find(), document + " has " + language);
        return block.group(1);
    }

    private static String pom(String dependencies) {
        return """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>com.example</groupId>
          <artifactId>consumer</artifactId>
          <version>1</version>
          <properties>
            <maven.compiler.release>25</maven.compiler.release>
            <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
          </properties>
          %s
          <build>
            <plugins>
              %s
              %s
            </plugins>
          </build>
        </project>
        """
                .formatted(
                        dependencies,
                        plugin("maven-compiler-plugin"),
                        plugin("maven-resources-plugin"));
    }

    /** A plugin in the version that this project has of it, which is there without a network. */
    private static String plugin(String artifact) {
        String[] parts = coordinates(artifact).split(":", -1);
        return "<plugin><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></plugin>"
                .formatted((Object[]) parts);
    }

    private static String coordinates(String artifact) {
        for (Plugin plugin :
                Modules.named("lightning4j-parent")
                        .model()
                        .getBuild()
                        .getPluginManagement()
                        .getPlugins()) {
            if (plugin.getArtifactId().equals(artifact)) {
                return String.join(":", plugin.getGroupId(), artifact, plugin.getVersion());
            }
        }
        throw new AssertionError("no version of " + artifact);
    }
}
