#[allow(unused_imports)]
pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
#[allow(unused_imports)]
use progenitor_client::{encode_path, ClientHooks, OperationInfo, RequestBuilderExt};
/// Types used as operation parameters and responses.
#[allow(clippy::all)]
pub mod types {
    ///`GetCoopsCoopIdAnswer`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct GetCoopsCoopIdAnswer {
        pub built: ::std::vec::Vec<bool>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub built_ms: ::std::option::Option<::std::vec::Vec<bool>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub hens: ::std::option::Option<::std::vec::Vec<bool>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub idle_seconds: ::std::option::Option<::std::vec::Vec<bool>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub notes: ::std::option::Option<::std::vec::Vec<bool>>,
        pub plan: ::std::vec::Vec<bool>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub roof: ::std::option::Option<::std::vec::Vec<bool>>,
        pub state: ::std::vec::Vec<bool>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub tilt: ::std::option::Option<::std::vec::Vec<bool>>,
    }
    ///`GetCoopsCoopIdAnswerRoof`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    pub struct GetCoopsCoopIdAnswerRoof {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub colour: ::std::option::Option<::std::vec::Vec<bool>>,
    }
    ///`PostCoopsAnswer`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct PostCoopsAnswer {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub built: ::std::option::Option<::std::vec::Vec<bool>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub built_ms: ::std::option::Option<::std::vec::Vec<bool>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub hens: ::std::option::Option<::std::vec::Vec<bool>>,
        pub id: ::std::vec::Vec<bool>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub idle_seconds: ::std::option::Option<::std::vec::Vec<bool>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub notes: ::std::option::Option<::std::vec::Vec<bool>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub plan: ::std::option::Option<::std::vec::Vec<bool>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub roof: ::std::option::Option<::std::vec::Vec<bool>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub state: ::std::option::Option<::std::vec::Vec<bool>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub tilt: ::std::option::Option<::std::vec::Vec<bool>>,
    }
    ///`PostCoopsBody`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct PostCoopsBody {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub idle_seconds: ::std::option::Option<::std::vec::Vec<bool>>,
        pub plan: ::std::vec::Vec<bool>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub roof: ::std::option::Option<::std::vec::Vec<bool>>,
        #[serde(rename = "self", skip_serializing_if = "::std::option::Option::is_none")]
        pub self_: ::std::option::Option<::std::vec::Vec<bool>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub tags: ::std::option::Option<::std::vec::Vec<bool>>,
    }
    ///`PostCoopsBodyRoof`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    pub struct PostCoopsBodyRoof {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub tiles: ::std::option::Option<::std::vec::Vec<bool>>,
    }
    ///`PostCoopsBodyRoofTiles`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct PostCoopsBodyRoofTiles {
        pub count: ::std::vec::Vec<bool>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub kind: ::std::option::Option<::std::vec::Vec<bool>>,
    }
    /// Error types.
    pub mod error {
        /// Error from a `TryFrom` or `FromStr` implementation.
        pub struct ConversionError(::std::borrow::Cow<'static, str>);
        impl ::std::error::Error for ConversionError {}
        impl ::std::fmt::Display for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::fmt::Debug for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&'static str> for ConversionError {
            fn from(value: &'static str) -> Self {
                Self(value.into())
            }
        }
        impl From<String> for ConversionError {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }
    }
}
#[derive(Clone, Debug)]
/**Client for The used part of the provider's API

Version: 1*/
pub struct Client {
    pub(crate) baseurl: String,
    pub(crate) client: reqwest::Client,
    pub(crate) inner: ::provider_runtime::http::Transport,
}
impl Client {
    /// Create a new client.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new(baseurl: &str, inner: ::provider_runtime::http::Transport) -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        let client = {
            let dur = ::std::time::Duration::from_secs(15u64);
            reqwest::ClientBuilder::new().connect_timeout(dur).timeout(dur)
        };
        #[cfg(target_arch = "wasm32")]
        let client = reqwest::ClientBuilder::new();
        Self::new_with_client(baseurl, client.build().unwrap(), inner)
    }
    /// Construct a new client with an existing `reqwest::Client`,
    /// allowing more control over its configuration.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new_with_client(
        baseurl: &str,
        client: reqwest::Client,
        inner: ::provider_runtime::http::Transport,
    ) -> Self {
        Self {
            baseurl: baseurl.to_string(),
            client,
            inner,
        }
    }
}
impl ClientInfo<::provider_runtime::http::Transport> for Client {
    fn api_version() -> &'static str {
        "1"
    }
    fn baseurl(&self) -> &str {
        self.baseurl.as_str()
    }
    fn client(&self) -> &reqwest::Client {
        &self.client
    }
    fn inner(&self) -> &::provider_runtime::http::Transport {
        &self.inner
    }
}
impl ClientHooks<::provider_runtime::http::Transport> for &Client {}
#[allow(clippy::all)]
impl Client {
    /**POST /coops

Sends a `POST` request to `/coops`

*/
    pub async fn post_coops<'a>(
        &'a self,
        body: &'a types::PostCoopsBody,
    ) -> Result<ResponseValue<types::PostCoopsAnswer>, Error<()>> {
        let url = format!("{}/coops", self.baseurl,);
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        #[allow(unused_mut)]
        let mut request = self
            .client
            .post(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .json(&body)
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "post_coops",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200..=299 => ResponseValue::from_response(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**GET /coops/{coop_id}

Sends a `GET` request to `/coops/{coop_id}`

*/
    pub async fn get_coops_coop_id<'a>(
        &'a self,
        coop_id: &'a str,
    ) -> Result<ResponseValue<types::GetCoopsCoopIdAnswer>, Error<()>> {
        let url = format!(
            "{}/coops/{}", self.baseurl, ::provider_runtime::http::encode_segments(&
            coop_id.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        #[allow(unused_mut)]
        let mut request = self
            .client
            .get(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "get_coops_coop_id",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200..=299 => ResponseValue::from_response(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
}
/// Items consumers will typically use such as the Client.
pub mod prelude {
    #[allow(unused_imports)]
    pub use super::Client;
}
