//! Rule R23: what other hands may do to a tenant's images, or wrote in our place. It is told, and holds nothing.

use crate::{
    api::{annotations, condition, reason::Reason, tenant::Management},
    fleet::Container,
    plan::{
        output::story::{Story, StoryEvent},
        pass::Pass,
        record::{draft::Draft, history},
        status::tenant::say,
        target::{intent, mapping::mapped, running::is_made_of},
    },
};

/// Tools that write the images of their manifests with each sync, by the first word of their field managers.
const TOOLS: [&str; 7] = ["argocd", "fleetagent", "helm", "kapp", "kustomize", "pulumi", "Terraform"];
/// Characters of a version or an id that somebody else wrote.
const WRITTEN: usize = 64;

/// Tells of both, each once, and while it stands.
pub fn tell(pass: &Pass, draft: &mut Draft) {
    // While an upgrade runs it writes images and annotations itself, and a condition that turns would be one more write in the window.
    if draft.in_flight() {
        return;
    }
    let tool = tool(pass, draft).map(|message| (Reason::ImagesSetByTool, message));
    let foreign = foreign(pass, draft).map(|message| (Reason::IntentUnknown, message));
    said(pass, draft, condition::IMAGES_SET_ELSEWHERE, StoryEvent::ImagesSetByTool, tool);
    said(pass, draft, condition::FOREIGN_INTENT, StoryEvent::IntentUnknown, foreign);
}

fn said(pass: &Pass, draft: &mut Draft, type_: &str, event: StoryEvent, found: Option<(Reason, String)>) {
    let stands = condition::get(&draft.status.conditions, type_).map(|condition| condition.message.clone());
    let Some((reason, message)) = found else {
        if stands.is_some() {
            condition::clear(&mut draft.status.conditions, type_);
        }
        return;
    };
    if stands.as_ref() != Some(&message) {
        let story = Story { message: Some(message.clone()), ..draft.story(event) };
        draft.tell(story);
    }
    say(&mut draft.status, type_, (true, reason, &message), draft.tenant.meta.generation, pass.now);
}

/// A tool that sets an image which the first upgrade is to change. After a success the images say who has the last word.
fn tool(pass: &Pass, draft: &Draft) -> Option<String> {
    if draft.spec.management == Management::Unmanaged || history::last_success(&draft.status).is_some() {
        return None;
    }
    let of_release = |component: &str| pass.releases().any(|release| release.spec.images.contains_key(component));
    draft.spec.workloads.iter().find_map(|reference| {
        let workload = pass.workload(draft.key, reference).ok()?;
        // Most have none: a release is asked for a component only where one has.
        workload.containers.iter().find_map(tool_of)?;
        let mapped = mapped(reference, workload, of_release);
        let (container, tool) = mapped.into_iter().find_map(|(container, _)| Some((container, tool_of(container)?)))?;
        Some(format!(
            "container {:?} of {reference} has its image from {tool:?}, which may put it back after an upgrade: make it ignore the image. \
             If it does so already, nothing needs doing",
            container.name
        ))
    })
}

fn tool_of(container: &Container) -> Option<&str> {
    let manager = container.image_manager.as_deref()?;
    let word = manager.split('-').next()?;
    TOOLS.contains(&word).then_some(manager)
}

/// What our annotation says where the status does not know it, and whether the images bear it out.
fn foreign(pass: &Pass, draft: &Draft) -> Option<String> {
    draft.spec.workloads.iter().find_map(|reference| {
        let workload = pass.workload(draft.key, reference).ok()?;
        let says = match intent::foreign(&draft.status, workload)? {
            Err(wrong) => format!("cannot be read ({wrong})"),
            Ok(intent) => {
                let (id, to) = (short(&intent.id.to_string()), short(&intent.to));
                let so = if is_made_of(pass, reference, workload, &intent.to) { "are" } else { "are not" };
                format!("names upgrade {id} to {to}, which the status does not know; the images that run {so} those of {to}")
            }
        };
        let key = annotations::INTENT;
        Some(format!(
            "the annotation {key} of {reference} {says}. Nothing follows from it, and the next upgrade writes its own; remove it to end this warning"
        ))
    })
}

fn short(text: &str) -> String {
    text.chars().take(WRITTEN).collect()
}
