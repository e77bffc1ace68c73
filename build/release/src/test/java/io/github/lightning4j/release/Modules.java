package io.github.lightning4j.release;

import org.apache.maven.model.Dependency;
import org.apache.maven.model.Model;
import org.apache.maven.model.Parent;
import org.apache.maven.model.Repository;
import org.apache.maven.model.building.DefaultModelBuilderFactory;
import org.apache.maven.model.building.DefaultModelBuildingRequest;
import org.apache.maven.model.building.FileModelSource;
import org.apache.maven.model.building.ModelBuildingException;
import org.apache.maven.model.building.ModelBuildingRequest;
import org.apache.maven.model.building.ModelSource2;
import org.apache.maven.model.resolution.ModelResolver;
import org.apache.maven.model.resolution.UnresolvableModelException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The modules of this project as Maven sees them: effective POMs, and the files made of them. */
final class Modules {
    static final Path SOURCE = Path.of(System.getProperty("lightning.source")).normalize();
    static final Path REPOSITORY = Path.of(System.getProperty("lightning.maven.repository"));
    static final String GROUP = "io.github.lightning4j";

    private Modules() {}

    /** One module. */
    record Module(Path folder, Model model) {
        boolean isPublished() {
            return !Boolean.parseBoolean(model.getProperties().getProperty("maven.deploy.skip"));
        }

        Path pom() {
            return folder.resolve("pom.xml");
        }

        /** A file of {@code target/}: the classifier is empty, or begins with a dash. */
        Path artifact(String classifier) {
            return folder.resolve(
                    "target/"
                            + (model.getArtifactId() + "-" + model.getVersion())
                            + (classifier + ".jar"));
        }

        @Override
        public String toString() {
            return model.getArtifactId();
        }
    }

    /** All modules with the release profile, the root first. */
    static List<Module> all() {
        return all("release");
    }

    /** The same of a release, which has those that other builds leave out. */
    static List<Module> ofRelease() {
        return all("release", "spark");
    }

    private static List<Module> all(String... profiles) {
        Model root = effective(SOURCE, Map.of(), profiles);
        List<Module> modules = new ArrayList<>(List.of(new Module(SOURCE, root)));
        for (String name : root.getModules()) {
            Path folder = SOURCE.resolve(name);
            modules.add(new Module(folder, effective(folder, Map.of(), "release")));
        }
        return modules;
    }

    static List<Module> published() {
        return all().stream().filter(Module::isPublished).toList();
    }

    static Module named(String artifact) {
        return all().stream()
                .filter(module -> module.model().getArtifactId().equals(artifact))
                .findFirst()
                .orElseThrow();
    }

    /** The effective POM of a folder, under an environment and with profiles. */
    static Model effective(Path folder, Map<String, String> environment, String... profiles) {
        Properties system = new Properties();
        system.setProperty("java.version", System.getProperty("java.version"));
        environment.forEach((name, value) -> system.setProperty("env." + name, value));
        DefaultModelBuildingRequest request = new DefaultModelBuildingRequest();
        request.setPomFile(folder.resolve("pom.xml").toFile());
        request.setActiveProfileIds(List.of(profiles));
        request.setSystemProperties(system);
        request.setModelResolver(new FilesOnly());
        request.setValidationLevel(ModelBuildingRequest.VALIDATION_LEVEL_STRICT);
        try {
            return new DefaultModelBuilderFactory()
                    .newInstance()
                    .build(request)
                    .getEffectiveModel();
        } catch (ModelBuildingException e) {
            throw new AssertionError(folder + " has no valid POM", e);
        }
    }

    /**
     * Finds the POMs of imported BOMs: this project's in the sources, others where Maven has them.
     */
    private static final class FilesOnly implements ModelResolver {
        @Override
        public ModelSource2 resolveModel(String group, String artifact, String version)
                throws UnresolvableModelException {
            Path file =
                    group.equals(GROUP)
                            ? SOURCE.resolve(artifact.replace("lightning4j-", ""), "pom.xml")
                            : REPOSITORY.resolve(
                                    group.replace('.', '/'),
                                    artifact,
                                    version,
                                    artifact + "-" + version + ".pom");
            if (!Files.exists(file)) {
                throw new UnresolvableModelException(
                        file + " is not there", group, artifact, version);
            }
            return new FileModelSource(file.toFile());
        }

        @Override
        public ModelSource2 resolveModel(Parent parent) throws UnresolvableModelException {
            return resolveModel(parent.getGroupId(), parent.getArtifactId(), parent.getVersion());
        }

        @Override
        public ModelSource2 resolveModel(Dependency dependency) throws UnresolvableModelException {
            return resolveModel(
                    dependency.getGroupId(), dependency.getArtifactId(), dependency.getVersion());
        }

        @Override
        public void addRepository(Repository repository) {}

        @Override
        public void addRepository(Repository repository, boolean replace) {}

        @Override
        public ModelResolver newCopy() {
            return this;
        }
    }
}
