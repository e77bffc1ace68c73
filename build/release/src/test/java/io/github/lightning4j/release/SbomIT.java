package io.github.lightning4j.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.release.Modules.Module;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.xml.parsers.DocumentBuilderFactory;

/** Bills of materials, CycloneDX. */
@EnabledIfSystemProperty(named = "lightning.release", matches = "true")
class SbomIT {
    @Test
    void theDistributionsBillListsEveryJarOfIt() throws Exception {
        Module cli = Modules.named("lightning4j-cli");
        String name = "lightning4j-" + cli.model().getVersion();
        Path lib = cli.folder().resolve("target", name, name, "lib");
        Set<String> jars;
        try (Stream<Path> files = Files.list(lib)) {
            jars =
                    files.map(file -> file.getFileName().toString())
                            .collect(Collectors.toCollection(TreeSet::new));
        }
        Set<String> listed = components(cli);
        listed.add(cli.artifact("").getFileName().toString());
        assertEquals(jars, listed);
    }

    @Test
    void whatIsPublishedHasABillAndTheLibraryNeedsNothingOfOthers() throws Exception {
        for (Module module : Modules.published()) {
            Set<String> listed = components(module);
            assertTrue(
                    listed.stream().allMatch(name -> isExpected(module, name)),
                    module + " needs " + listed);
        }
    }

    /** Only models, the suite for authors of backends and the bridge to Micrometer need others. */
    private static boolean isExpected(Module module, String name) {
        String others =
                switch (module.model().getArtifactId()) {
                    case "lightning4j-conformance" -> "(junit|opentest4j|apiguardian|jspecify)-.*";
                    case "lightning4j-micrometer" ->
                            "(micrometer-.*|HdrHistogram|LatencyUtils|jspecify)-.*";
                    case "lightning4j-models" -> "jackson-.*"; // reads configurations
                    default -> "lightning4j-.*";
                };
        return name.startsWith("lightning4j-") || name.matches(others);
    }

    /** The jars that a module's bill lists, itself not among them. */
    private static Set<String> components(Module module) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        Path file = module.folder().resolve("target/bom.xml");
        Document bill = factory.newDocumentBuilder().parse(file.toFile());
        String namespace = bill.getDocumentElement().getNamespaceURI();
        assertTrue(namespace.startsWith("http://cyclonedx.org/schema/bom/"), namespace);
        NodeList all = bill.getElementsByTagNameNS(namespace, "component");
        Set<String> jars = new TreeSet<>();
        for (int i = 0; i < all.getLength(); i++) {
            Element component = (Element) all.item(i);
            if (component.getParentNode().getParentNode() == bill.getDocumentElement()) {
                jars.add(text(component, "name") + "-" + text(component, "version") + ".jar");
            }
        }
        return jars;
    }

    private static String text(Element component, String name) {
        return component.getElementsByTagNameNS("*", name).item(0).getTextContent();
    }
}
