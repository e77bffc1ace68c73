package io.github.lightning4j.cli.console;

import picocli.CommandLine.IVersionProvider;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** What {@code --version} says, from the properties that the build filled in. */
public final class BuildInfo implements IVersionProvider {
    @Override
    public String[] getVersion() {
        Properties build = properties();
        String commit = build.getProperty("commit", "");
        boolean known = !commit.isEmpty() && !commit.startsWith("$");
        String dirty = "true".equals(build.getProperty("dirty")) ? ", changed since" : "";
        return new String[] {
            "lightning4j " + version() + (known ? " (commit " + commit + dirty + ")" : ""),
            "Java %s (%s), %s %s"
                    .formatted(
                            Runtime.version(),
                            System.getProperty("java.vendor"),
                            System.getProperty("os.name"),
                            System.getProperty("os.arch")),
        };
    }

    /** The version alone. */
    public static String version() {
        return properties().getProperty("version", "unknown");
    }

    private static Properties properties() {
        Properties build = new Properties();
        try (InputStream in = BuildInfo.class.getResourceAsStream("build.properties")) {
            if (in != null) {
                build.load(in);
            }
        } catch (IOException e) {
            // A version is not worth failing for: it is then unknown.
        }
        return build;
    }
}
