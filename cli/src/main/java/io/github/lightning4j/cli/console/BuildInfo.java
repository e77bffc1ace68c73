package io.github.lightning4j.cli.console;

import picocli.CommandLine.IVersionProvider;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The text of {@code --version}, from the properties that the build fills in. */
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
            // A missing version is no reason to fail; it is then unknown.
        }
        return build;
    }
}
