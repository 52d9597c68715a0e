//! What a clustering is asked for.

use seedtest_segment::{Covariance, Linkage, Method};
use seedtest_wire::{ClusterCountJson, ClusterFitRequest};

use crate::error::Error;

/// What to look for: the kernel's own words.
pub type Spec = seedtest_segment::Spec;

/// Clusters where nobody says how many and the choice is turned off: what the service that the contract
/// comes from did.
const WITHOUT_CHOICE: usize = 3;

/// What a request means.
///
/// # Errors
/// For a method, a shape or a number that is none.
pub fn spec_of(request: &ClusterFitRequest) -> Result<Spec, Error> {
    let default = Spec::default();
    let k = request.k.as_ref().map_or(Ok(None), count)?;
    let is_chosen = request.auto_select_k != Some(false);
    Ok(Spec {
        method: request.method.as_deref().map_or(Ok(default.method), method_of)?,
        k: k.or((!is_chosen).then_some(WITHOUT_CHOICE)),
        max_k: size("max_k", request.max_k, default.max_k)?,
        features: request.features.clone().filter(|names| !names.is_empty()),
        standardize: request.standardize.unwrap_or(default.standardize),
        covariance: request.covariance.as_deref().map_or(Ok(None), covariance_of)?,
        regularization: request.regularization.unwrap_or(default.regularization),
        linkage: request.linkage.as_deref().map_or(Ok(default.linkage), linkage_of)?,
        eps: request.eps.unwrap_or(default.eps),
        min_points: size("min_points", request.min_points, default.min_points)?,
        min_cluster_size: size(
            "min_cluster_size",
            request.min_cluster_size,
            default.min_cluster_size,
        )?,
        starts: size("starts", request.starts, default.starts)?,
        references: size("references", request.references, default.references)?,
        bootstraps: size("bootstraps", request.bootstraps, default.bootstraps)?,
        max_iter: request.max_iter.unwrap_or(default.max_iter),
        seed: request.seed.unwrap_or(default.seed),
    })
}

fn size(name: &str, given: Option<u64>, default: usize) -> Result<usize, Error> {
    let read = |value: u64| {
        usize::try_from(value).map_err(|_| Error::option(name, &value, "a number that fits"))
    };
    given.map_or(Ok(default), read)
}

/// `None` = chosen.
fn count(given: &ClusterCountJson) -> Result<Option<usize>, Error> {
    let number = match given {
        ClusterCountJson::Number(number) => *number,
        ClusterCountJson::Text(text) if matches!(text.trim(), "" | "auto") => 0,
        ClusterCountJson::Text(text) => text
            .trim()
            .parse()
            .map_err(|_| Error::option("k", text, "a number of clusters, or auto"))?,
    };
    Ok(Some(size("k", Some(number), 0)?).filter(|k| *k > 0))
}

/// The method of this name.
///
/// # Errors
/// For any other name.
pub fn method_of(word: &str) -> Result<Method, Error> {
    match word.to_ascii_lowercase().as_str() {
        "kmeans" | "k-means" => Ok(Method::Kmeans),
        "gaussian_mixture" | "gmm" | "mixture" => Ok(Method::GaussianMixture),
        "hierarchical" | "hclust" => Ok(Method::Hierarchical),
        "dbscan" => Ok(Method::Dbscan),
        "hdbscan" => Ok(Method::Hdbscan),
        _ => {
            let expected = "kmeans, gaussian_mixture, hierarchical, dbscan or hdbscan";
            Err(Error::option("method", &word, expected))
        }
    }
}

fn covariance_of(word: &str) -> Result<Option<Covariance>, Error> {
    match word.to_ascii_lowercase().as_str() {
        "auto" | "" => Ok(None),
        "full" => Ok(Some(Covariance::Full)),
        "tied" => Ok(Some(Covariance::Tied)),
        "diag" | "diagonal" => Ok(Some(Covariance::Diagonal)),
        "tied_diag" | "tied_diagonal" => Ok(Some(Covariance::TiedDiagonal)),
        "spherical" => Ok(Some(Covariance::Spherical)),
        _ => {
            let expected = "auto, full, tied, diag, tied_diag or spherical";
            Err(Error::option("covariance", &word, expected))
        }
    }
}

pub(super) fn covariance_name(covariance: Covariance) -> &'static str {
    match covariance {
        Covariance::Full => "full",
        Covariance::Tied => "tied",
        Covariance::Diagonal => "diag",
        Covariance::TiedDiagonal => "tied_diag",
        Covariance::Spherical => "spherical",
    }
}

fn linkage_of(word: &str) -> Result<Linkage, Error> {
    match word.to_ascii_lowercase().as_str() {
        "ward" | "ward.d2" => Ok(Linkage::Ward),
        "complete" => Ok(Linkage::Complete),
        "average" => Ok(Linkage::Average),
        "single" => Ok(Linkage::Single),
        _ => Err(Error::option("linkage", &word, "ward, complete, average or single")),
    }
}

#[cfg(test)]
mod tests {
    use seedtest_segment::Method;
    use seedtest_wire::ClusterFitRequest;

    use super::spec_of;

    fn k(text: &str) -> Option<usize> {
        let request: ClusterFitRequest = serde_json::from_str(text).unwrap();
        spec_of(&request).unwrap().k
    }

    #[test]
    fn a_number_that_is_not_given_is_chosen() {
        for text in ["{}", r#"{"k":null}"#, r#"{"k":0}"#, r#"{"n_clusters":""}"#, r#"{"k":"auto"}"#]
        {
            assert_eq!(k(text), None, "{text}");
        }
        assert_eq!(k(r#"{"n_clusters":4,"auto_select_k":true}"#), Some(4));
        assert_eq!(k(r#"{"k":"5"}"#), Some(5));
        assert_eq!(k(r#"{"auto_select_k":false}"#), Some(3));
    }

    #[test]
    fn gmm_is_a_mixture() {
        let request: ClusterFitRequest =
            serde_json::from_str(r#"{"method":"gmm","minPts":7}"#).unwrap();
        let spec = spec_of(&request).unwrap();
        assert_eq!((spec.method, spec.min_points), (Method::GaussianMixture, 7));
        let request: ClusterFitRequest = serde_json::from_str(r#"{"method":"som"}"#).unwrap();
        assert!(spec_of(&request).is_err());
    }
}
