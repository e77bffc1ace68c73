package io.github.lightning4j.release;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Maven and the scripts take the same SDK of TornadoVM, or none, also where it is incomplete. */
class TornadoHomeIT {
    private static final String UNSET = "-";

    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({
        // TORNADOVM_HOME, whether SDKMAN has one, what is taken
        "-, false, none",
        "-, true, sdkman",
        "'', false, none",
        "'', true, none",
        "sdk, false, sdk",
        "sdk, true, sdk",
        "nowhere, false, none",
        "nowhere, true, sdkman",
        "empty, true, sdkman"
    })
    void mavenAndTheScriptsAgreeOnTheSdk(String variable, boolean sdkman, String expected)
            throws Exception {
        Files.createDirectories(folder.resolve("sdk/share/java/tornado"));
        Files.createDirectories(folder.resolve("empty"));
        Path ofSdkman = folder.resolve(".sdkman/candidates/tornadovm/current");
        if (sdkman) {
            Files.createDirectories(ofSdkman.resolve("share/java/tornado"));
        }
        Map<String, String> environment = new HashMap<>(Map.of("HOME", folder.toString()));
        if (!variable.equals(UNSET)) {
            environment.put(
                    "TORNADOVM_HOME",
                    variable.isEmpty() ? "" : folder.resolve(variable).toString());
        }
        String sdk =
                switch (expected) {
                    case "none" -> "";
                    case "sdkman" -> ofSdkman.toString();
                    default -> folder.resolve(expected).toString();
                };
        assertEquals(
                sdk,
                Modules.effective(Modules.SOURCE.resolve("build"), environment)
                        .getProperties()
                        .getProperty("tornado.sdk"),
                "Maven");
        assertEquals(sdk, ofScript(environment, "home"), "scripts/tornado-sdk");
        String why =
                sdk.isEmpty()
                        ? "there is no TornadoVM SDK"
                        : "the installed SDK is incomplete: it has no"
                                + " etc/exportLists/common-exports";
        assertEquals(
                "cuda=" + why,
                ofScript(environment, "others", "none").lines().findFirst().orElseThrow());
    }

    private static String ofScript(Map<String, String> environment, String... arguments)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(arguments);
        builder.command().addFirst(Modules.SOURCE.resolve("scripts/tornado-sdk").toString());
        builder.environment().remove("TORNADOVM_HOME");
        builder.environment().putAll(environment);
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        return new String(builder.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .strip();
    }
}
